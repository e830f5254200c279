import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId } from '../bytes.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Who may vouch for whom. */
export interface NameOrganisationParameters extends ActionOptions {
  readonly as: Actor
  /** The organisation’s number; `null` for nobody. */
  readonly organisation: number | null
  /** The patient whose account the key controls; without it, whoever acts. */
  readonly patient?: AccountLike
}

/**
 * Names the organisation that alone may vouch for a patient, once. After one has vouched, the next one settles anew whose law
 * counts where the patient has said nothing.
 *
 * @throws `contract-refused` when the account is not registered, there is no such organisation, or the key does not control
 * the account, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`, `argument`, `aborted`
 */
export async function nameOrganisation(aegle: Aegle, parameters: NameOrganisationParameters): Promise<Receipt> {
  const { as, organisation, patient, ...options } = parameters
  const account = accountOf(as)
  const naming = { patient: patient === undefined ? null : accountId('the patient', patient), organisation }
  const written = await run(aegle, account, options, (host) =>
    account.key.nameOrganisation(aegle.deployment, host, JSON.stringify(naming)),
  )
  return receipt(JSON.parse(written) as WrittenReceipt)
}
