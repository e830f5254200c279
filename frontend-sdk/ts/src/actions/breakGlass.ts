import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId, type Hex } from '../bytes.ts'
import { whole } from '../numbers.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { keepingSalt, saltOf } from '../salt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** The highest code of a reason. */
const MAX_REASON = 255

/** Whose records an emergency is about. */
export interface BreakGlassParameters extends ActionOptions {
  /** The clinician. */
  readonly by: Actor
  readonly patient: AccountLike
  /** The reason, as a code of the consortium’s list: 0 to 255. */
  readonly reason: number
  /** The reason in words, for the review: the chain gets a salted hash of it. */
  readonly why: string
  /** The salt of the hash, by `newSalt`: keep it with the reason before the call. Drawn where it is not given. */
  readonly salt?: Hex
}

/** Emergency access that is open. */
export interface BrokenGlass {
  readonly openedAt: Date
  /** When it ends. */
  readonly until: Date
  /** When its review is overdue. */
  readonly reviewBy: Date
  /** The salt of the reason’s hash: keep it with the reason. */
  readonly salt: Hex
  readonly receipt: Receipt
}

/**
 * Breaks the glass: for some hours the clinician finds a patient’s records with the purpose `BTG`, and opens those alone
 * whose keys the patient split for emergencies. The patient’s log tells of it at once, and it is reviewed.
 * What is thrown has the salt of the reason’s hash as `details.salt`.
 *
 * @throws `no-role`, `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`,
 * `chain-unavailable`, `argument`, `aborted`
 */
export async function breakGlass(aegle: Aegle, parameters: BreakGlassParameters): Promise<BrokenGlass> {
  const { by, patient, reason, why, salt: given, ...options } = parameters
  const salt = saltOf(given)
  const account = accountOf(by)
  const whose = accountId('the patient', patient)
  const code = whole('the reason', reason, MAX_REASON)
  const acted = run(aegle, account, options, (host) => account.key.breakGlass(aegle.deployment, host, whose, code, why, salt))
  const broken = JSON.parse(await keepingSalt(salt, acted)) as { openedAt: number; until: number; reviewBy: number; receipt: WrittenReceipt }
  const { openedAt, until, reviewBy } = broken
  return {
    openedAt: new Date(openedAt),
    until: new Date(until),
    reviewBy: new Date(reviewBy),
    salt,
    receipt: receipt(broken.receipt),
  }
}
