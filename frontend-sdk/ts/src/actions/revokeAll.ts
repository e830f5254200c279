import type { Patient } from '../keys.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Whose grants end. */
export interface RevokeAllParameters extends ActionOptions {
  readonly patient: Patient
}

/**
 * Revokes every grant, with what was passed on from them, and takes back what guardians have begun: from the block of the
 * receipt on, nobody but the patient is shown anything. What was read before cannot be unread.
 *
 * @throws `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`, `aborted`
 */
export async function revokeAll(aegle: Aegle, parameters: RevokeAllParameters): Promise<Receipt> {
  const { patient, ...options } = parameters
  const written = await run(aegle, patient.account, options, (host) => patient.keys.revokeAll(aegle.deployment, host))
  return receipt(JSON.parse(written) as WrittenReceipt)
}
