import { blockTime } from './events.ts'
import type { Aegle } from './session.ts'

/** Where a list comes from, to be shown with it: blocks that were read, and the time of the last one. */
export interface ListSource {
  readonly firstBlock: number
  readonly lastBlock: number
  /** The time of the last block, as of which the list is. */
  readonly at: Date
}

/** Where a list comes from that looks as far back as it is told to. */
export interface NewestSource extends ListSource {
  /** How many blocks of the contracts are older than those that were read: what stands in them alone is not listed. */
  readonly earlierBlocks: number
  /** The time of the first block that was read, where there are earlier ones; `null` where there are none. */
  readonly since: Date | null
}

/** A source as the core writes it. */
export type WrittenSource = Omit<ListSource, 'at'> & { at: number }

export function source({ at, ...blocks }: WrittenSource): ListSource {
  return { ...blocks, at: new Date(at) }
}

/** Says besides what was not read. */
export async function newestSource(aegle: Aegle, written: WrittenSource): Promise<NewestSource> {
  const earlierBlocks = Math.max(0, written.firstBlock - aegle.events.begins)
  if (earlierBlocks === 0) return { ...source(written), earlierBlocks, since: null }
  const { at } = await aegle.chain.ask(() => blockTime(aegle.chain, written.firstBlock), aegle.ended)
  return { ...source(written), earlierBlocks, since: new Date(at) }
}
