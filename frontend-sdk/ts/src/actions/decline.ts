import { type AccountLike, accountId } from '../bytes.ts'
import type { Patient } from '../keys.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Whose request is declined. */
export interface DeclineParameters extends ActionOptions {
  readonly patient: Patient
  /** Who asked. */
  readonly requester: AccountLike
}

/**
 * Declines a request for access. The requester is told nothing but that.
 *
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function decline(aegle: Aegle, parameters: DeclineParameters): Promise<Receipt> {
  const { patient, requester, ...options } = parameters
  const id = accountId('the requester', requester)
  const written = await run(aegle, patient.account, options, (host) => patient.keys.decline(aegle.deployment, host, id))
  return receipt(JSON.parse(written) as WrittenReceipt)
}
