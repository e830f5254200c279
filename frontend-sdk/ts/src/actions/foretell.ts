import { accountOf, type Actor } from '../actor.ts'
import { type CommitteePlan, writePlan } from '../plans.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Who would propose what. */
export interface ForetellParameters extends ActionOptions {
  /** The member of the committee. */
  readonly by: Actor
  readonly plan: CommitteePlan
}

/** What proposing a plan would do, as things stand, and when: to be shown before it is signed. */
export interface Foretold {
  /** What it is, in one English sentence: the same as in the list of proposals. */
  readonly sentence: string
  /** The number of the open proposal of the same; `null` without one. */
  readonly open: number | null
  /** What is sent first: nothing by who has voted, or where the votes are enough. */
  readonly first: 'propose' | 'vote' | null
  /**
   * What follows: it waits for others’ votes, for the time lock, or for new members of the committee to accept their seats; or it
   * is carried out.
   */
  readonly next: 'votes' | 'time-lock' | 'seats' | 'carried-out'
  /** First millisecond at which it can be carried out, where its votes are enough already and it waits for the time lock. */
  readonly notBefore: number | null
  /** How many votes there are then. */
  readonly votes: number
  /** How many votes it takes. */
  readonly threshold: number
  /** How long it waits once it has its votes, in milliseconds; `null` where it is carried out at once. */
  readonly waitsMs: number | null
  /** How long votes for it can be given, in milliseconds, from when it is proposed. */
  readonly openMs: number
}

/**
 * Says what proposing a plan would do, how many votes it takes, and when it takes effect. Nothing is sent; what other members do
 * meanwhile changes it.
 *
 * @throws `no-role` when the account is not of the committee, `chain-unavailable`, `argument`, `aborted`
 */
export async function foretell(aegle: Aegle, parameters: ForetellParameters): Promise<Foretold> {
  const { by, plan, ...options } = parameters
  const account = accountOf(by)
  const wanted = writePlan(plan)
  const written = await run(aegle, undefined, options, (host) => account.key.foretell(aegle.deployment, host, wanted))
  return JSON.parse(written) as Foretold
}
