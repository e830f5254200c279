import { accountOf, type Actor } from '../actor.ts'
import { type CommitteePlan, writePlan } from '../plans.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import { readVoted } from '../voted.ts'
import type { Voted } from './vote.ts'

/** Who proposes what. */
export interface ProposeParameters extends ActionOptions {
  /** The member of the committee. */
  readonly by: Actor
  readonly plan: CommitteePlan
}

/**
 * Proposes something to the committee, or votes for an open proposal of the same, and carries it out when the votes are enough.
 * {@link foretell} says before what it is, and when it takes effect.
 *
 * @throws `not-carried-out` when the vote counts, as {@link vote} says; `no-role`, `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function propose(aegle: Aegle, parameters: ProposeParameters): Promise<Voted> {
  const { by, plan, ...options } = parameters
  const account = accountOf(by)
  const wanted = writePlan(plan)
  return await readVoted(run(aegle, account, options, (host) => account.key.propose(aegle.deployment, host, wanted)))
}
