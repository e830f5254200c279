import { type Actor, accountOf } from '../actor.ts'
import type { Hex } from '../bytes.ts'
import { AegleError } from '../error.ts'
import { type ContractBlock, readBlock } from '../events.ts'
import type { Head as HttpRequest } from '../http.ts'
import { pause } from '../patience.ts'
import { type Aegle, run } from '../session.ts'
import { type Problem, refusal, stream, StreamLost } from '../stream.ts'
import type { Notification } from '../wire.ts'

/** How long the node may need to come to a block that the indexer has told of, and the pause before it is asked again. */
const NODE_LIMIT_MS = 60_000
const NODE_PAUSE_MS = 500
/** How often in a row a stream may be lost before anything came over it. */
const MAX_ATTEMPTS = 10
/** The pause before another stream is opened, which doubles up to the longest. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** What comes after every notification of a block, and before those of later ones. */
const END_OF_BLOCK = 2_147_483_647
/** Ends of a stream after which another one may be had. */
const PASSING: readonly (string | undefined)[] = ['expired', 'internal', 'too-many', 'chain-unavailable']
/** What an indexer tells of: each, so that the types have one more where it tells of more. */
const KINDS = {
  request: 1,
  grant: 1,
  'break-glass': 1,
  guardianship: 1,
  proposal: 1,
  erasure: 1,
  role: 1,
  registration: 1,
} as const satisfies Record<Notification['kind'], 1>

/** Who is told what, from when on. */
export interface WatchParameters {
  /** Whom it concerns. */
  readonly as: Actor
  /** After which notification it begins: `0-0` for all there are, the `id` of one that was told, or now. */
  readonly after?: string
  readonly signal?: AbortSignal
}

/** Something that concerns the account, as it stands on chain. */
export interface ToldEvent {
  /** What it is about, by the indexer’s word alone: what the event says is in `topic` and `data`. */
  readonly kind: Notification['kind']
  /** Its name, after which a later watch can go on. */
  readonly id: string
  readonly block: number
  readonly blockHash: Hex
  /** The chain’s time in the block. */
  readonly at: Date
  readonly contract: Hex
  /** The event’s signature topic. */
  readonly topic: Hex
  /** SCALE of the event. */
  readonly data: Hex
}

/** The indexer says that it has told everything up to this block. That it left nothing out cannot be proved by it. */
export interface ToldHead {
  readonly kind: 'head'
  readonly block: number
}

/** What a watch sees. */
export type Watched = ToldEvent | ToldHead

/**
 * Watches what concerns an account, through lost connections: each event is looked up in the finalized chain before it is
 * returned, by the hash of its block and all its bytes. It goes on until whoever reads it stops, or `signal` does.
 *
 * @throws `false-answer` when the indexer tells what the chain does not have, or out of order; `stale-node`,
 * `service-refused`, `service-unreachable`, `chain-unavailable`, `protocol`, `argument`, `aborted`, `closed`
 */
export async function* watch(aegle: Aegle, parameters: WatchParameters): AsyncGenerator<Watched, never, void> {
  const { as, signal: given } = parameters
  const signal = given ? AbortSignal.any([given, aegle.ended]) : aegle.ended
  const verifier = new Verifier(aegle, signal, placeOf(parameters.after))
  for (let attempts = 1; ; attempts += 1) {
    try {
      const request = await signedRequest(aegle, as, verifier.after, signal)
      for await (const { name, data } of stream(request, signal)) {
        if (name === 'end') {
          const problem = read<Problem & { status?: number }>(data)
          if (!PASSING.includes(problem.code)) throw refusal(problem.status ?? 0, problem)
          throw new StreamLost(problem.title ?? 'the stream has had its time')
        }
        if (name !== 'head' && !Object.hasOwn(KINDS, name)) continue
        const watched = name === 'head' ? verifier.head(read<{ number: number }>(data)) : await verifier.told(read<Notification>(data))
        attempts = 0
        yield watched
      }
    } catch (error) {
      if (given?.aborted) throw new AegleError('aborted', 'the action was ended by its caller', { cause: given.reason })
      if (aegle.ended.aborted) throw new AegleError('closed', 'the connection was ended by `disconnect`')
      if (!mayPass(error) || attempts >= MAX_ATTEMPTS) throw told(aegle, error)
      await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempts), signal).catch(() => undefined)
    }
  }
}

/** Whether another stream may be had after an error. */
function mayPass(error: unknown): boolean {
  if (error instanceof AegleError) return error.code === 'service-refused' && PASSING.includes(String(error.details['reason']))
  return error instanceof StreamLost
}

function told(aegle: Aegle, error: unknown): AegleError {
  if (error instanceof AegleError) return error
  const { url } = aegle.indexer
  return new AegleError('service-unreachable', `the indexer at ${url} does not keep the stream of what concerns the account`, {
    cause: error,
    details: { url },
  })
}

async function signedRequest(aegle: Aegle, as: Actor, after: Place | undefined, signal: AbortSignal): Promise<HttpRequest> {
  const { key } = accountOf(as)
  const name = after && `${after.block}-${after.index}`
  const written = await run(aegle, undefined, { signal }, async (host) => key.eventsRequest(aegle.deployment, host, name))
  return JSON.parse(written) as HttpRequest
}

/** The place of a notification: its block, and its place there. */
interface Place {
  readonly block: number
  readonly index: number
}

function placeOf(id: string | undefined): Place | undefined {
  if (id === undefined) return undefined
  const [, block, index] = /^(\d+)-(\d+)$/.exec(id) ?? []
  const place = { block: Number(block), index: Number(index) }
  if (Number.isSafeInteger(place.block) && place.index <= END_OF_BLOCK) return place
  throw new AegleError('argument', `\`${id}\` is no name of a notification: write its block, \`-\`, and its place there, such as 1045-3`)
}

const isLater = (one: Place, other: Place) => one.block > other.block || (one.block === other.block && one.index > other.index)

function read<T extends object>(data: string): T {
  try {
    return JSON.parse(data) as T
  } catch (cause) {
    throw new AegleError('protocol', 'the stream of what concerns the account has an event that cannot be read', { cause })
  }
}

/** Finds what an indexer tells in the finalized chain. */
class Verifier {
  /** What was told last. */
  after: Place | undefined
  readonly #aegle: Aegle
  readonly #signal: AbortSignal
  #block: ContractBlock | undefined

  constructor(aegle: Aegle, signal: AbortSignal, after: Place | undefined) {
    this.#aegle = aegle
    this.#signal = signal
    this.after = after
  }

  head({ number }: { number: number }): ToldHead {
    if (!Number.isSafeInteger(number) || number < 0) {
      throw new AegleError('protocol', `the stream of what concerns the account says that it has come to block \`${number}\`, which is no number of a block`)
    }
    const end = { block: number, index: END_OF_BLOCK }
    if (!this.after || isLater(end, this.after)) this.after = end
    return { kind: 'head', block: number }
  }

  async told(notification: Notification): Promise<ToldEvent> {
    const { id, kind, contract, topic, data, at } = notification
    const place = placeOf(id)
    const forged = (what: string) =>
      new AegleError('false-answer', `the indexer told of event ${id}, ${what}: do not trust it`, { tampering: true, details: { id } })
    if (!place || (this.after && !isLater(place, this.after))) throw forged('out of order')
    await this.#untilFinalized(place.block)
    const block = await this.#at(place.block)
    const event = block.events.find(({ index }) => index === place.index)
    const same = event && event.contract === contract && event.topic === topic && bare(event.data) === bare(data)
    if (!same || block.hash !== notification.block || block.at !== at) throw forged('which the chain does not have')
    this.after = place
    return { kind, id, block: place.block, blockHash: block.hash, at: new Date(at), contract: contract as Hex, topic: topic as Hex, data: `0x${bare(data)}` }
  }

  async #at(number: number): Promise<ContractBlock> {
    if (this.#block?.number === number) return this.#block
    const { chain, contracts } = this.#aegle
    const ours = [contracts.consortium, contracts.consent, contracts.ledger]
    this.#block = await chain.ask(() => readBlock(chain, ours, number), this.#signal)
    return this.#block
  }

  /** Waits until the node has finalized a block: it may be slower than the indexer’s. */
  async #untilFinalized(block: number): Promise<void> {
    const { chain } = this.#aegle
    for (const end = Date.now() + NODE_LIMIT_MS; ; ) {
      const { number } = await chain.ask(() => chain.finalized(), this.#signal)
      if (number >= block) return
      if (Date.now() >= end) {
        throw new AegleError('stale-node', `the node at ${chain.url} has finalized block ${number}, and the indexer tells of block ${block}`, {
          details: { url: chain.url, node: number, needed: block },
        })
      }
      await pause(NODE_PAUSE_MS, this.#signal)
    }
  }
}

const bare = (digits: string) => digits.replace(/^0x/, '').toLowerCase()
