import { type AccountLike, accountId } from '../bytes.ts'
import type { Patient } from '../keys.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Whose emergency access ends. */
export interface CloseGlassParameters extends ActionOptions {
  readonly patient: Patient
  /** Who broke the glass. */
  readonly clinician: AccountLike
}

/**
 * Ends a clinician’s emergency access before its time. It is reviewed all the same.
 *
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function closeGlass(aegle: Aegle, parameters: CloseGlassParameters): Promise<Receipt> {
  const { patient, clinician, ...options } = parameters
  const id = accountId('the clinician', clinician)
  const written = await run(aegle, patient.account, options, (host) => patient.keys.closeGlass(aegle.deployment, host, id))
  return receipt(JSON.parse(written) as WrittenReceipt)
}
