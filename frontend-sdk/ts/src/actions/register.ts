import { accountOf, type Actor } from '../actor.ts'
import type { Hex } from '../bytes.ts'
import { AegleError } from '../error.ts'
import { type NamedReceipt, readNamed, writeName } from '../named.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Who registers. */
export interface RegisterParameters extends ActionOptions {
  readonly as: Actor
  /** The number of the organisation that alone may vouch for them. Without it nobody may, until one is named. */
  readonly organisation?: number
  /** The jurisdiction that the patient was shown, in which the organisation has to be; without it, the one in which it is. */
  readonly jurisdiction?: number
  /** When the organisation may vouch no more, 30 days from now at most; without it, in 7 days. */
  readonly until?: Date
  /**
   * What the organisation has signed, so that a relayer pays before it vouches: hexadecimal, as the organisation has made it. Over a
   * connection without `relay` nobody takes one.
   */
  readonly invitation?: Hex
}

/** Refuses what the indexer is known not to pay for, before anything is signed. */
function assertPaid({ relayer, indexer }: Aegle): void {
  const newcomers = relayer?.newcomers
  if (newcomers === 'anybody') return
  const details = { url: indexer.url, ...(newcomers === 'invited' ? { reason: 'not-invited' } : {}) }
  const whom = newcomers === 'invited' ? 'nobody whom the organisation that is to vouch has not invited' : 'nobody for whom no organisation vouches yet'
  throw new AegleError('relay-refused', `the indexer at ${indexer.url} pays for ${whom}`, { details })
}

/**
 * Registers an account as a patient, whom the organisation that they name can then vouch for: the law of its jurisdiction
 * counts for them where they have said nothing. Granting needs no registration.
 *
 * @throws `relay-refused` where the indexer pays only for whom an organisation has invited (`details.reason` is `not-invited`), or for
 * no newcomer; `contract-refused` when it is registered already, there is no such organisation, it is in another jurisdiction, or
 * the end is past or too far, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function register(aegle: Aegle, parameters: RegisterParameters): Promise<NamedReceipt> {
  const { as, organisation, jurisdiction, until, invitation, ...options } = parameters
  const account = accountOf(as)
  if (aegle.relayed && invitation === undefined) assertPaid(aegle)
  const wanted = writeName({ organisation: organisation ?? null, jurisdiction, until, invitation })
  const written = await run(aegle, account, options, (host) => account.key.register(aegle.deployment, host, wanted))
  return readNamed(written)
}
