import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId, type Hex } from '../bytes.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { Purpose } from '../terms.ts'

/** What guardians want done for a patient. */
export type GuardianDeed =
  | { readonly act: 'revoke'; readonly grant: number; readonly grantee?: AccountLike }
  | { readonly act: 'revoke-all' }
  | { readonly act: 'decline'; readonly requester: AccountLike }
  | { readonly act: 'close-glass'; readonly clinician: AccountLike }
  | { readonly act: 'deny'; readonly grantee?: AccountLike; readonly purposes: readonly Purpose[]; readonly until: Date }
  /** What another guardian has begun: the `call` that {@link guardianAct} gave them. */
  | { readonly act: 'join'; readonly call: Hex }

/** Who wants what done for whom. */
export interface GuardianActParameters extends ActionOptions {
  /** The guardian. */
  readonly by: Actor
  readonly patient: AccountLike
  readonly deed: GuardianDeed
}

/** A guardian’s vote, and what came of it. */
export interface GuardianVote {
  /** Whether it is done: enough guardians wanted exactly this. */
  readonly done: boolean
  /** How many want it; nothing once it is done. */
  readonly votes: number | null
  readonly threshold: number
  /** What it does, in one English sentence. */
  readonly sentence: string
  /** For the other guardians, who join by it. */
  readonly call: Hex
  readonly receipt: Receipt
}

function written(deed: GuardianDeed): object {
  const grantee = (account: AccountLike | undefined) => (account === undefined ? null : accountId('the grantee', account))
  switch (deed.act) {
    case 'revoke':
      return { ...deed, grantee: grantee(deed.grantee) }
    case 'decline':
      return { ...deed, requester: accountId('the requester', deed.requester) }
    case 'close-glass':
      return { ...deed, clinician: accountId('the clinician', deed.clinician) }
    case 'deny':
      return { ...deed, grantee: grantee(deed.grantee), until: deed.until.getTime() }
    default:
      return deed
  }
}

/**
 * Votes for something to be done for a patient. It is done when enough guardians want exactly the same.
 *
 * @throws `no-role` for who is no guardian, `contract-refused`, `no-funds`, `signature-rejected`, `not-included`,
 * `outcome-unknown`, `chain-unavailable`, `argument`, `aborted`
 */
export async function guardianAct(aegle: Aegle, parameters: GuardianActParameters): Promise<GuardianVote> {
  const { by, patient, deed, ...options } = parameters
  const account = accountOf(by)
  const [whose, what] = [accountId('the patient', patient), JSON.stringify(written(deed))]
  const vote = JSON.parse(
    await run(aegle, account, options, (host) => account.key.guardianAct(aegle.deployment, host, whose, what)),
  ) as Omit<GuardianVote, 'receipt'> & { receipt: WrittenReceipt }
  return { ...vote, receipt: receipt(vote.receipt) }
}
