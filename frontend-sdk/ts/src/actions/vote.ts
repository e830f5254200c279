import { accountOf, type Actor } from '../actor.ts'
import type { Hex } from '../bytes.ts'
import { whole } from '../numbers.ts'
import type { Receipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, type NewestBlocks, run } from '../session.ts'
import { readVoted } from '../voted.ts'

/** Who votes for what. */
export interface VoteParameters extends ActionOptions, NewestBlocks {
  /** The member of the committee. */
  readonly by: Actor
  /** The number of the proposal. */
  readonly proposal: number
}

/** What came of a vote, or of proposing. */
export interface Voted {
  /** The number of the proposal; nothing once it is done. */
  readonly proposal: number | null
  /** Whether the committee has acted. */
  readonly done: boolean
  /** The number of the organisation that it admitted, if it did. */
  readonly admitted: number | null
  /** How many votes there are; nothing once it is done. */
  readonly votes: number | null
  readonly threshold: number | null
  /** Who has not voted. */
  readonly missing: readonly Hex[]
  /** First millisecond at which it can be carried out, where the votes are enough and it waits. */
  readonly notBefore: number | null
  /** The new members of the committee who have not accepted their seats, where it waits for them. */
  readonly unaccepted: readonly Hex[]
  /** What it is for, in one English sentence. */
  readonly sentence: string
  /** The receipts: none for who had voted before, two where the vote was the last one. */
  readonly receipts: readonly Receipt[]
}

/**
 * Votes for a proposal, and carries it out when the votes are enough.
 *
 * @throws `not-carried-out` when the vote counts, and what it was enough for was refused or its outcome is not known:
 * `details.receipts` has the vote, `details.proposal` its number and `details.reason` the contract’s reason, if it gave one;
 * `not-open` when it cannot be voted on, or nobody knows what it is for, `no-role`, `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `limit`, `chain-unavailable`, `aborted`
 */
export async function vote(aegle: Aegle, parameters: VoteParameters): Promise<Voted> {
  const { by, proposal, ...options } = parameters
  const account = accountOf(by)
  const number = whole('the proposal', proposal)
  return await readVoted(run(aegle, account, options, (host) => account.key.vote(aegle.deployment, host, number)))
}
