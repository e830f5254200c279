import type { Hex } from '../bytes.ts'
import { core } from '../core.ts'
import { whole } from '../numbers.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { ErasureReason } from './erase.ts'

/** Whose erasures are listed. */
export interface ErasuresParameters extends ActionOptions {
  readonly domain: number
  /** How many of the last requests are looked at: 100, unless it says otherwise; 1,000 at most. */
  readonly last?: number
}

/** An erasure that was asked for, and not called off. */
export interface Erasure {
  /** Its number in the domain. */
  readonly erasure: number
  readonly batch: number
  /** The records that it names, by their numbers in the batch. */
  readonly numbers: readonly number[]
  readonly reason: ErasureReason
  /** The admin who asked for it. */
  readonly requestedBy: Hex
  /** Who asked for it too, since when the records are shown to nobody; nothing where nobody did. */
  readonly secondedBy: Hex | null
  /** From when on the records are erased for good. */
  readonly finalAt: Date
  /** Whether they are. */
  readonly final: boolean
}

/** How many requests are looked at where nothing is said. */
const LAST = 100
/** The most requests that are looked at. */
const MOST = 1_000

/**
 * Lists the requests for erasure of a search domain that were not called off, newest first, as the finalized chain has them.
 *
 * @throws `chain-unavailable`, `argument`, `aborted`
 */
export async function erasures(aegle: Aegle, parameters: ErasuresParameters): Promise<readonly Erasure[]> {
  const { domain, last = LAST, ...options } = parameters
  const [where, most] = [whole('the domain', domain), whole('the number of requests', last, MOST)]
  const written = await run(aegle, undefined, options, (host) => core().erasures(aegle.deployment, host, where, most))
  const found = JSON.parse(written) as (Omit<Erasure, 'finalAt'> & { finalAt: number })[]
  return found.map((erasure) => ({ ...erasure, finalAt: new Date(erasure.finalAt) }))
}
