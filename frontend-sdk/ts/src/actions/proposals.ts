import type { Hex } from '../bytes.ts'
import { core } from '../core.ts'
import { type NewestSource, newestSource, type WrittenSource } from '../lists.ts'
import { type ActionOptions, type Aegle, type NewestBlocks, run } from '../session.ts'

/** Something that was proposed to the committee, and neither carried out nor withdrawn. */
export interface Proposal {
  readonly proposal: number
  /**
   * What it is for, in one English sentence; nothing where no event in the blocks that were read tells it: then nobody should
   * vote for it.
   */
  readonly sentence: string | null
  readonly hash: Hex
  /** `enough`: it has its votes and waits to be carried out. `superseded`: the committee was replaced since. */
  readonly state: 'open' | 'enough' | 'expired' | 'superseded'
  readonly votes: number
  readonly threshold: number
  readonly voted: readonly Hex[]
  /** Who has not voted: any of them is next. */
  readonly missing: readonly Hex[]
  readonly expires: Date
}

/** Proposals, newest first, and where they come from. */
export interface Proposals {
  readonly proposals: readonly Proposal[]
  readonly source: NewestSource
}

/**
 * Lists what waits for the committee, of the last 64 proposals.
 *
 * @throws `limit`, `chain-unavailable`, `aborted`
 */
export async function proposals(aegle: Aegle, parameters: ActionOptions & NewestBlocks = {}): Promise<Proposals> {
  const written = JSON.parse(
    await run(aegle, undefined, parameters, (host) => core().proposals(aegle.deployment, host)),
  ) as { proposals: (Omit<Proposal, 'expires'> & { expires: number })[]; source: WrittenSource }
  const shown = written.proposals.map((proposal) => ({ ...proposal, expires: new Date(proposal.expires) }))
  return { proposals: shown, source: await newestSource(aegle, written.source) }
}
