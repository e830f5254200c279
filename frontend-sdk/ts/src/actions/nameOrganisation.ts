import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId, type Hex } from '../bytes.ts'
import { type NamedReceipt, readNamed, writeName } from '../named.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Who may vouch for whom. */
export interface NameOrganisationParameters extends ActionOptions {
  readonly as: Actor
  /** The organisation’s number; `null` for nobody. */
  readonly organisation: number | null
  /** The jurisdiction that the patient was shown, in which the organisation has to be; without it, the one in which it is. */
  readonly jurisdiction?: number
  /** When it may vouch no more, 30 days from now at most; without it, in 7 days. */
  readonly until?: Date
  /**
   * What the organisation has signed, so that a relayer pays before it vouches: hexadecimal, as the organisation has made it. Over a
   * connection without `relay` nobody takes one.
   */
  readonly invitation?: Hex
  /** The patient whose account the key controls; without it, whoever acts. */
  readonly patient?: AccountLike
}

/**
 * Names the organisation that alone may vouch for a patient, once, until a time, and from the jurisdiction in which it is now.
 * After one has vouched, the next one settles anew whose law counts where the patient has said nothing.
 *
 * @throws `contract-refused` when the account is not registered, there is no such organisation, it is in another jurisdiction,
 * the end is past or too far, or the key does not control the account, `no-funds`, `signature-rejected`, `not-included`,
 * `outcome-unknown`, `chain-unavailable`, `argument`, `aborted`
 */
export async function nameOrganisation(aegle: Aegle, parameters: NameOrganisationParameters): Promise<NamedReceipt> {
  const { as, organisation, jurisdiction, until, patient, invitation, ...options } = parameters
  const account = accountOf(as)
  const whose = patient === undefined ? null : accountId('the patient', patient)
  const wanted = writeName({ patient: whose, organisation, jurisdiction, until, invitation })
  const written = await run(aegle, account, options, (host) => account.key.nameOrganisation(aegle.deployment, host, wanted))
  return readNamed(written)
}
