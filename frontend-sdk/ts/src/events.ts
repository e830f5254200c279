import { QueryableStorage } from 'dedot'
import { type Hex, toBytes } from './bytes.ts'
import type { Chain } from './chain.ts'
import { type EmittedEvent, emittedEvent, type EventRecord, millis, SYSTEM_EVENTS } from './emitted.ts'
import { AegleError } from './error.ts'
import { ConnectionLost } from './nodeConnection.ts'

/** The most blocks that are read for a list: with six seconds a block, a week. */
const MAX_BLOCKS = 100_000
/** How many blocks are asked for at a time. */
const PARALLEL_BLOCKS = 16
/** `Timestamp.Now` in storage. */
const TIMESTAMP_NOW = '0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb'

/** Told how many blocks were read, of how many. */
type OnBlocks = (read: number, all: number) => void

/** What contracts told in one block. */
interface ToldBlock {
  block: number
  at: number
  events: EmittedEvent[]
}

/** A block as it stands on chain, with what some contracts told in it. */
export interface ContractBlock {
  readonly number: number
  readonly hash: Hex
  /** The chain’s time in it, in milliseconds since the Unix epoch; 0 where the contracts told nothing. */
  readonly at: number
  readonly events: readonly EmittedEvent[]
}

/**
 * The events of some contracts, block by block from a first one on. What was read is kept, so that a later list reads the
 * later blocks alone.
 */
export class EventLog {
  readonly #chain: Chain
  readonly #contracts: readonly Hex[]
  /** The contracts’ first block, which may be before the first one that is read. */
  readonly begins: number
  readonly #first: number
  /** Every block from this one on and before the next one was read. */
  #from: number
  #next: number
  #told: ToldBlock[] = []
  /** Whose turn it is to read, so that two lists do not read the same blocks. */
  #turn: Promise<unknown> = Promise.resolve()

  /** The events of `contracts`, which begin after the block `before`, in the blocks from `from` on. */
  constructor(chain: Chain, contracts: readonly Hex[], before: number, from = 0) {
    this.#chain = chain
    this.#contracts = contracts
    this.begins = before + 1
    this.#first = this.#from = this.#next = Math.max(this.begins, from)
  }

  /** The first block that is read. */
  get first(): number {
    return this.#first
  }

  /** Reads up to a finalized block: all blocks, or as many of the newest ones as are wanted. The JSON that the core takes. */
  async upTo(last: number, signal?: AbortSignal, onBlocks?: OnBlocks, newest = Infinity): Promise<string> {
    if (!(newest >= 1)) throw new AegleError('argument', `\`newestBlocks\` is ${newest}, and must be 1 at least`)
    const from = Math.max(this.#first, last - newest + 1)
    const turn = this.#turn.then(() => this.#read(from, last, signal, onBlocks))
    this.#turn = turn.catch(() => undefined)
    await turn
    const blocks = this.#told.filter(({ block }) => from <= block && block <= last)
    return JSON.stringify({ firstBlock: Math.min(from, last), lastBlock: last, blocks })
  }

  async #read(from: number, last: number, signal: AbortSignal | undefined, onBlocks: OnBlocks | undefined) {
    // What is kept is one range: where blocks between it and what is wanted were never read, it begins anew.
    if (this.#from === this.#next || from > this.#next) {
      this.#told = []
      this.#from = this.#next = from
    }
    const all = Math.max(0, this.#from - from) + Math.max(0, last - this.#next + 1)
    if (all > MAX_BLOCKS) {
      throw new AegleError('limit', `the contracts’ events would have to be searched for in ${all} blocks, and no more than ${MAX_BLOCKS} are read: give \`newestBlocks\` where a list takes it, or \`fromBlock\` when connecting`, {
        details: { reason: 'too-many-blocks', blocks: all, most: MAX_BLOCKS },
      })
    }
    let read = 0
    const told = async (first: number, count: number) => {
      signal?.throwIfAborted()
      const numbers = Array.from({ length: count }, (_, index) => first + index)
      const blocks = await Promise.all(numbers.map((number) => this.#chain.ask(() => this.#block(number), signal)))
      read += count
      // All of them, or none: nothing is left out by a failure.
      return blocks.filter((block) => block !== undefined)
    }
    while (this.#next <= last) {
      const count = Math.min(PARALLEL_BLOCKS, last - this.#next + 1)
      this.#told.push(...(await told(this.#next, count)))
      this.#next += count
      onBlocks?.(read, all)
    }
    while (from < this.#from) {
      const count = Math.min(PARALLEL_BLOCKS, this.#from - from)
      this.#told.unshift(...(await told(this.#from - count, count)))
      this.#from -= count
      onBlocks?.(read, all)
    }
  }

  async #block(number: number): Promise<ToldBlock | undefined> {
    const { at, events } = await readBlock(this.#chain, this.#contracts, number)
    return events.length === 0 ? undefined : { block: number, at, events: [...events] }
  }
}

function unreadable(number: number, cause?: unknown): AegleError {
  return new AegleError('chain-unavailable', `block ${number} cannot be read, so that the list would not be complete: use a node that keeps every block`, {
    cause,
    details: { block: number },
  })
}

/** Reads hash and time of the block of a number, on the chain of the node’s best head. */
export async function blockTime(chain: Chain, number: number): Promise<{ hash: Hex; at: number }> {
  const { rpc } = chain.client
  try {
    const hash = (await rpc.chain_getBlockHash(number)) as Hex | undefined
    const time = hash && ((await rpc.state_getStorage(TIMESTAMP_NOW, hash)) as Hex | undefined)
    if (!time) throw unreadable(number)
    return { hash, at: millis(toBytes(time)) }
  } catch (cause) {
    throw cause instanceof AegleError || cause instanceof ConnectionLost ? cause : unreadable(number, cause)
  }
}

/** Reads what some contracts told in the block of a number, on the chain of the node’s best head. */
export async function readBlock(chain: Chain, contracts: readonly Hex[], number: number): Promise<ContractBlock> {
  const { rpc, registry } = chain.client
  try {
    const hash = (await rpc.chain_getBlockHash(number)) as Hex | undefined
    if (!hash) throw unreadable(number)
    const raw = (await rpc.state_getStorage(SYSTEM_EVENTS, hash)) as Hex | undefined
    if (!raw) throw unreadable(number)
    const nothing = { number, hash, at: 0, events: [] }
    // Few blocks are about the contracts, and decoding is what takes the time.
    if (!contracts.some((contract) => raw.includes(contract.slice(2)))) return nothing
    const records = new QueryableStorage(registry, 'System', 'Events').decodeValue(raw) as EventRecord[]
    const events = records.map(emittedEvent).filter((event) => event !== undefined)
    const ours = events.filter(({ contract }) => (contracts as readonly string[]).includes(contract))
    if (ours.length === 0) return nothing
    const time = (await rpc.state_getStorage(TIMESTAMP_NOW, hash)) as Hex | undefined
    return { number, hash, at: time ? millis(toBytes(time)) : 0, events: ours }
  } catch (cause) {
    throw cause instanceof AegleError || cause instanceof ConnectionLost ? cause : unreadable(number, cause)
  }
}
