import type { Hex } from './bytes.ts'
import { toAegleError } from './error.ts'
import { blockTime, readBlock } from './events.ts'
import { type ActionOptions, type Aegle, hosted } from './session.ts'

/** How many blocks of one time are looked through for an anchor. */
const MAX_BLOCKS_OF_A_TIME = 64

/** What the ledger holds of a batch. */
export interface Anchor {
  /** The Merkle root of its records. */
  readonly root: Hex
  /** How many records it has. */
  readonly records: number
  /** When it was anchored: the time of its block. */
  readonly at: Date
  /** The number of the organisation that is its custodian. */
  readonly custodian: number
}

/** A record as it stands on the ledger: its leaf is under the root of its batch. */
export interface AnchoredRecord {
  readonly record: string
  readonly patient: Hex
  readonly author: Hex
  /** When it was written, in milliseconds since the Unix epoch. */
  readonly authoredAt: number
  readonly domain: number
  readonly batch: number
  /** Its number in the batch, counted from 0. */
  readonly number: number
  /** Its leaf in the tree of the batch’s records. */
  readonly leaf: Hex
  readonly anchor: Anchor
}

/** The block that anchored a batch. */
export interface AnchorBlock {
  readonly number: number
  readonly hash: Hex
}

/** What became of a record after it was anchored. */
export type Fate =
  | { readonly kind: 'current' }
  | {
      /** Another record of the domain took its place. */
      readonly kind: 'superseded'
      readonly by: { readonly batch: number; readonly number: number }
      readonly at: Date
    }
  | {
      /** Its erasure was asked for, and can still be called off. */
      readonly kind: 'erasing'
      readonly erasure: number
      /** From when on it is erased for good. */
      readonly finalAt: Date
      /** Whether it is shown to nobody already. */
      readonly denied: boolean
    }
  | { readonly kind: 'erased' }

/** The finalized block as of which something is so. */
export interface AsOf {
  readonly block: number
  readonly hash: Hex
  readonly at: Date
}

/** An anchor as the core writes it. */
export type WrittenAnchor = Omit<Anchor, 'at'> & { at: number }
/** A record as the core writes it. */
export type WrittenRecord = Omit<AnchoredRecord, 'anchor'> & { anchor: WrittenAnchor }
/** A fate as the core writes it. */
export type WrittenFate =
  | { kind: 'current' | 'erased' }
  | { kind: 'superseded'; by: { batch: number; number: number }; at: number }
  | { kind: 'erasing'; erasure: number; finalAt: number; denied: boolean }

export function anchor({ at, ...written }: WrittenAnchor): Anchor {
  return { ...written, at: new Date(at) }
}

export function fate(written: WrittenFate): Fate {
  switch (written.kind) {
    case 'superseded':
      return { ...written, at: new Date(written.at) }
    case 'erasing':
      return { ...written, finalAt: new Date(written.finalAt) }
    default:
      return { kind: written.kind }
  }
}

export function asOf({ at, ...written }: Omit<AsOf, 'at'> & { at: number }): AsOf {
  return { ...written, at: new Date(at) }
}

/** A batch, and what the ledger holds of it. */
export interface AnchoredBatch {
  readonly domain: number
  readonly batch: number
  readonly anchor: Anchor
}

/**
 * Finds the block that anchored a batch: by its time, among the blocks from the first of the contracts on, and then by the event
 * in which the ledger told of the batch and its root. Nothing where none of the blocks of that time has it.
 *
 * @throws `chain-unavailable`, also where the node does not keep the blocks, of which `details.block` is one; `aborted`
 */
export async function anchorBlock(aegle: Aegle, of: AnchoredBatch, options: ActionOptions): Promise<AnchorBlock | undefined> {
  const { chain, contracts, deployment, events } = aegle
  const { signal, failed, end } = hosted(aegle, undefined, options)
  const sought = of.anchor.at.getTime()
  try {
    const { number: last } = await chain.ask(() => chain.finalized(), signal)
    let [first, after] = [events.first, last + 1]
    // The first block that is not before the time.
    while (first < after) {
      const middle = Math.floor((first + after) / 2)
      const { at } = await chain.ask(() => blockTime(chain, middle), signal)
      if (at < sought) first = middle + 1
      else after = middle
    }
    for (let number = first; number <= last && number < first + MAX_BLOCKS_OF_A_TIME; number += 1) {
      const block = await chain.ask(() => readBlock(chain, [contracts.ledger], number), signal)
      if (block.events.length > 0) {
        const told = { block: number, at: block.at, events: block.events }
        const anchored = JSON.parse(deployment.anchored(JSON.stringify(told))) as { domain: number; batch: number; root: Hex }[]
        const { domain, batch } = of
        if (anchored.some((one) => one.domain === domain && one.batch === batch && one.root === of.anchor.root)) {
          return { number, hash: block.hash }
        }
      }
      if ((await chain.ask(() => blockTime(chain, number), signal)).at > sought) return undefined
    }
    return undefined
  } catch (error) {
    throw failed(toAegleError(error))
  } finally {
    end()
  }
}
