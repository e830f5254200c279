import { core } from '../core.ts'
import { type CommitteePlan, writePlan } from '../plans.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** What is asked about. */
export interface ForetellParameters extends ActionOptions {
  readonly plan: CommitteePlan
}

/** What a plan would do, and when: to be shown before it is signed. */
export interface Foretold {
  /** What it is, in one English sentence: the same as in the list of proposals. */
  readonly sentence: string
  /** How many votes it takes. */
  readonly threshold: number
  /** How long it waits once it has its votes, in milliseconds; `null` where it is carried out at once. */
  readonly waitsMs: number | null
  /** How long votes for it can be given, in milliseconds. */
  readonly openMs: number
  /** The number of the open proposal of the same, for which proposing votes; `null` without one. */
  readonly open: number | null
}

/**
 * Says what a plan would do, how many votes it takes, and when it takes effect. Nothing is sent.
 *
 * @throws `chain-unavailable`, `argument`, `aborted`
 */
export async function foretell(aegle: Aegle, parameters: ForetellParameters): Promise<Foretold> {
  const { plan, ...options } = parameters
  const wanted = writePlan(plan)
  const written = await run(aegle, undefined, options, (host) => core().foretell(aegle.deployment, host, wanted))
  return JSON.parse(written) as Foretold
}
