import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId, type Hex } from '../bytes.ts'
import { millisIfGiven } from '../numbers.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { keepingSalt, saltOf } from '../salt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** What is reviewed, and what was found. */
export interface ReviewParameters extends ActionOptions {
  /** An admin of the organisation that the clinician acted for. */
  readonly by: Actor
  /** Whose records were opened. */
  readonly patient: AccountLike
  /** Who opened them. */
  readonly clinician: AccountLike
  /** When: `openedAt` of the emergency; without it, the oldest that waits. */
  readonly openedAt?: Date
  /** Whether it was right. */
  readonly justified: boolean
  /** The reasons in words: the chain gets a salted hash of them. */
  readonly why: string
  /** The salt of the hash, by `newSalt`: keep it with the reason before the call. Drawn where it is not given. */
  readonly salt?: Hex
}

/** A review that stands. */
export interface Reviewed {
  readonly openedAt: Date
  /** The salt of the reasons’ hash: keep it with the reasons. */
  readonly salt: Hex
  readonly receipt: Receipt
}

/**
 * Reviews the emergency access of a clinician of one’s organisation. The patient is told what was found. What is thrown has the
 * salt of the reasons’ hash as `details.salt`.
 *
 * @throws `not-open` when nothing of that clinician waits for review there, `no-role`, `contract-refused`, `no-funds`,
 * `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`, `argument`, `aborted`
 */
export async function review(aegle: Aegle, parameters: ReviewParameters): Promise<Reviewed> {
  const { by, patient, clinician, openedAt, justified, why, salt: given, ...options } = parameters
  const salt = saltOf(given)
  const account = accountOf(by)
  const found = JSON.stringify({
    patient: accountId('the patient', patient),
    clinician: accountId('the clinician', clinician),
    openedAt: millisIfGiven('the opening', openedAt) ?? null,
    justified,
    why,
    salt,
  })
  const acted = run(aegle, account, options, (host) => account.key.review(aegle.deployment, host, found))
  const reviewed = JSON.parse(await keepingSalt(salt, acted)) as { openedAt: number; receipt: WrittenReceipt }
  return { openedAt: new Date(reviewed.openedAt), salt, receipt: receipt(reviewed.receipt) }
}
