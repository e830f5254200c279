import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId } from '../bytes.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Who is vouched for. */
export interface ActivatePatientParameters extends ActionOptions {
  /** An admin of the organisation. */
  readonly by: Actor
  /** A patient who named the organisation. */
  readonly patient: AccountLike
}

/**
 * Lets the admin’s organisation vouch for a patient who named it; they are of its jurisdiction from then on. It uses the name
 * up.
 *
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function activatePatient(aegle: Aegle, parameters: ActivatePatientParameters): Promise<Receipt> {
  const { by, patient, ...options } = parameters
  const account = accountOf(by)
  const id = accountId('the patient', patient)
  const written = await run(aegle, account, options, (host) => account.key.activatePatient(aegle.deployment, host, id))
  return receipt(JSON.parse(written) as WrittenReceipt)
}
