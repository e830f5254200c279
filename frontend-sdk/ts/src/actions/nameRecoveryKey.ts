import { type AccountLike, accountId } from '../bytes.ts'
import type { Patient } from '../keys.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Whose recovery key is named, and which. */
export interface NameRecoveryKeyParameters extends ActionOptions {
  readonly patient: Patient
  /** The account of the key: `recoveryAccount` of the patient’s {@link Phrase}. */
  readonly recovery: AccountLike
}

/**
 * Names the recovery key of a patient’s 24 words on chain, so that whoever has the words can take back what a thief of the patient’s
 * device does ({@link recover}). It is named before there are guardians; from then on it alone names another one.
 *
 * @returns the receipt; nothing where that key is named already
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function nameRecoveryKey(aegle: Aegle, parameters: NameRecoveryKeyParameters): Promise<Receipt | null> {
  const { patient, recovery, ...options } = parameters
  const key = accountId('the recovery key', recovery)
  const written = await run(aegle, patient.account, options, (host) => patient.keys.nameRecoveryKey(aegle.deployment, host, key))
  const named = JSON.parse(written) as WrittenReceipt | null
  return named && receipt(named)
}
