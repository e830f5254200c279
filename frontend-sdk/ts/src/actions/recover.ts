import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId } from '../bytes.ts'
import type { Phrase } from '../phrase.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** What a patient’s 24 words do for them, whoever has their keys meanwhile. */
export interface RecoverParameters extends ActionOptions {
  /** The patient’s 24 words. */
  readonly phrase: Phrase
  /** Whose words they are; the words’ own account is none any more where guardians have replaced its key. */
  readonly patient: AccountLike
  /**
   * What is done: takes back a replacement of the key, and a change of guardians, that do not count yet (`veto`), or ends the time of
   * guardians who act alone (`end-alone`).
   */
  readonly act: 'veto' | 'end-alone'
  /** Who pays, where the connection does not relay: anybody. */
  readonly by: Actor
}

/**
 * Has the recovery key of 24 words act for a patient, who has named it ({@link nameRecoveryKey}): against whoever has stolen the
 * patient’s keys, and against guardians.
 *
 * @throws `phrase` where the patient has named another recovery key, or none; `contract-refused`, `no-funds`,
 * `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`, `argument`, `aborted`
 */
export async function recover(aegle: Aegle, parameters: RecoverParameters): Promise<Receipt> {
  const { phrase, patient, act, by, ...options } = parameters
  const account = accountOf(by)
  const whose = accountId('the patient', patient)
  const written = await run(aegle, account, options, (host) => phrase.keys.recover(aegle.deployment, host, account.key, whose, act))
  return receipt(JSON.parse(written) as WrittenReceipt)
}
