import type { LegacyClient as Client } from 'dedot'
import { LegacyClient } from 'dedot'
import { type Hex, toBytes, toHex } from './bytes.ts'
import { type EventRecord, millis } from './emitted.ts'
import { AegleError } from './error.ts'
import { ConnectionLost, NodeConnection } from './nodeConnection.ts'
import { type DispatchError, included, type Outcome } from './outcome.ts'
import { Overdue, pause, untilGivenUp, within } from './patience.ts'

/** How long a node may take to answer one question. */
const ANSWER_LIMIT_MS = 20_000
/** How long a connection may take. */
const CONNECT_LIMIT_MS = 60_000
/** How long a transaction is waited for until it is finalized. */
const FINALIZATION_LIMIT_MS = 180_000
/** How often a transaction is signed while others take its nonce. */
const MAX_SUBMISSIONS = 20
/** The pause before a transaction is signed anew, which doubles up to the longest. */
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1_000
/** A node’s words for a transaction whose nonce another one has. */
const NONCE_TAKEN = /outdated|Priority is too low/i
/** `Timestamp.Now` in storage. */
const TIMESTAMP_NOW = '0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb'

/** Who signs a transaction: a key of this program, or a wallet. */
export interface TransactionSigner {
  /** The account. */
  readonly id: Hex
  /** What dedot signs with. */
  readonly signing:
    | { readonly pair: { address: string; publicKey: Uint8Array; sign: (data: Uint8Array) => Uint8Array } }
    | { readonly address: string; readonly signer: WalletSigner }
}

/** What signs in a wallet, by the convention of `injectedWeb3`. Signatures of transactions begin with a byte for their kind. */
export interface WalletSigner {
  signPayload(payload: object): Promise<{ signature: string; signedTransaction?: unknown }>
  signRaw(raw: { address: string; data: string; type: 'bytes' }): Promise<{ signature: string }>
}

/** The last block of a chain. */
export interface Head {
  number: number
  hash: Hex
  timestamp: number
}

/** A message to a contract. */
export interface ContractCall {
  contract: string
  time: bigint
  proof: bigint
  data: Uint8Array
}

/** What is told of a transaction on its way. */
export type TransactionStatus = 'signing' | 'sent' | 'in-block' | 'finalized'

interface SubmitResult {
  status: { type: string; value?: { blockHash: string; blockNumber: number; error?: string } }
  events: EventRecord[]
  dispatchError?: DispatchError
}

/** A contracts chain through a node: all that the SDK needs of one, over dedot. */
export class Chain {
  readonly url: string
  readonly client: Client
  readonly #connection: NodeConnection
  /** Whose turn it is to send, so that actions at the same time are not told the same nonce. */
  readonly #turns = new Map<string, Promise<void>>()

  private constructor(url: string, client: Client, connection: NodeConnection) {
    this.url = url
    this.client = client
    this.#connection = connection
  }

  static async connect(url: string, signal?: AbortSignal): Promise<Chain> {
    if (!/^wss?:\/\//.test(url)) throw new AegleError('argument', `\`${url}\` is no address of a node: write ws:// or wss://`)
    const connection = new NodeConnection(url)
    // The legacy methods: with the new ones a node that seals on demand holds a transaction back until some block comes.
    // A chain that is silent while nothing happens is no dead one: no reconnection for want of blocks.
    const client = new LegacyClient({ provider: connection, stalingDetectionTimeout: 0 } as ConstructorParameters<typeof LegacyClient>[0])
    const chain = new Chain(url, client, connection)
    try {
      await within(CONNECT_LIMIT_MS, client.connect(), signal)
    } catch (cause) {
      await chain.disconnect()
      if (signal?.aborted) throw new AegleError('aborted', 'the action was ended by its caller', { cause: signal.reason })
      throw chain.unavailable(cause)
    }
    return chain
  }

  /** The error of a node that cannot be reached, or does not answer. */
  unavailable(cause: unknown): AegleError {
    const { url } = this
    if (cause instanceof Overdue) {
      const { limitMs } = cause
      const there = this.#connection.status === 'connected' ? 'has not answered' : 'could not be reached'
      return new AegleError('chain-unavailable', `the node at ${url} ${there} within ${limitMs / 1_000} seconds`, { cause, details: { url, limitMs } })
    }
    const why = cause instanceof Error && cause.message ? `: ${cause.message}` : ''
    return new AegleError('chain-unavailable', `the node at ${url} cannot be reached${why}`, { cause, details: { url } })
  }

  /** Resolves as a question to the node does; fails with `chain-unavailable` when it does not answer in time. */
  async ask<T>(question: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await within(ANSWER_LIMIT_MS, question(), signal)
    } catch (cause) {
      if (!signal?.aborted && (cause instanceof Overdue || cause instanceof ConnectionLost)) throw this.unavailable(cause)
      throw cause
    }
  }

  get genesis(): Hex {
    return this.client.genesisHash as Hex
  }

  /** Ends the connection at once. It can be done again. */
  async disconnect(): Promise<void> {
    await this.client.disconnect()
  }

  async finalized(): Promise<Head> {
    const hash = (await this.client.rpc.chain_getFinalizedHead()) as Hex
    const [header, time] = await Promise.all([
      this.client.rpc.chain_getHeader(hash),
      this.client.rpc.state_getStorage(TIMESTAMP_NOW, hash),
    ])
    if (!header) throw new Error(`the node does not have block ${hash}`)
    return { number: header.number, hash, timestamp: time ? millis(toBytes(time as Hex)) : 0 }
  }

  /** Whether there is a contract at the address. */
  async hasContract(address: Hex): Promise<boolean> {
    return (await this.client.query.contracts.contractInfoOf(address)) !== undefined
  }

  async best(): Promise<Hex> {
    return (await this.client.rpc.chain_getBlockHash()) as Hex
  }

  async isFinalized(hash: string): Promise<boolean> {
    const header = await this.client.rpc.chain_getHeader(hash as Hex)
    if (!header) return false
    const last = await this.client.rpc.chain_getHeader(await this.client.rpc.chain_getFinalizedHead())
    if (!last || header.number > last.number) return false
    return (await this.client.rpc.chain_getBlockHash(header.number)) === hash
  }

  async stateCall(at: string, name: string, input: Uint8Array): Promise<Uint8Array> {
    return toBytes((await this.client.rpc.state_call(name, toHex(input), at as Hex)) as Hex)
  }

  errorName(pallet: number, error: number): string | undefined {
    const found = this.client.registry.findErrorMeta({ index: pallet, error: toHex(Uint8Array.of(error, 0, 0, 0)) })
    return found && `${found.pallet}::${found.name}`
  }

  /** Signs, sends, and waits until it is finalized. */
  async submit(
    signer: TransactionSigner,
    call: ContractCall,
    signal?: AbortSignal,
    onStatus?: (status: TransactionStatus) => void,
  ): Promise<Outcome> {
    let wait = FIRST_PAUSE_MS
    for (let attempt = 0; attempt < MAX_SUBMISSIONS; attempt += 1) {
      const outcome = await this.#sendInTurn(signer, call, signal, onStatus)
      if (outcome) return outcome
      await pause(wait, signal)
      wait = Math.min(wait * 2, LONGEST_PAUSE_MS)
    }
    return { 'nonce-taken': { attempts: MAX_SUBMISSIONS } }
  }

  /** Resolves when it is the account’s turn to act, with what ends the turn. Who gives up waiting has none. */
  async turn(account: string, signal?: AbortSignal): Promise<() => void> {
    const before = this.#turns.get(account) ?? Promise.resolve()
    const { promise: turn, resolve: giveBack } = Promise.withResolvers<void>()
    this.#turns.set(account, before.then(() => turn))
    try {
      await untilGivenUp(before, signal)
    } catch (error) {
      giveBack()
      throw error
    }
    return giveBack
  }

  /** Sends when it is the account’s turn; nothing if another transaction has the nonce. */
  async #sendInTurn(
    signer: TransactionSigner,
    call: ContractCall,
    signal: AbortSignal | undefined,
    onStatus: ((status: TransactionStatus) => void) | undefined,
  ): Promise<Outcome | undefined> {
    const giveBack = await this.turn(signer.id, signal)
    try {
      signal?.throwIfAborted()
      onStatus?.('signing')
      const transaction = this.client.tx.contracts.call(
        call.contract as Hex,
        0n,
        { refTime: call.time, proofSize: call.proof },
        undefined,
        toHex(call.data),
      )
      // Immortal: a mortal one names a recent block, which a burst on a fast chain may outlive, or a user who thinks.
      const options = { mortality: { type: 'Immortal' as const } }
      const { signing } = signer
      // The node tells the nonce first; then a user may think as long as they like.
      const { promise: asked, resolve: asks } = Promise.withResolvers<void>()
      const signed =
        'pair' in signing
          ? transaction.sign(signing.pair as never, options)
          : transaction.sign(signing.address, { ...options, signer: asking(signing.signer, asks, signal) as never })
      await this.ask(() => Promise.race([signed, asked]), signal)
      await signed
      signal?.throwIfAborted()
      return await this.#watch(transaction as never, signer.id, giveBack, onStatus)
    } finally {
      giveBack()
    }
  }

  async #watch(
    transaction: {
      hash: string
      toU8a(): Uint8Array
      send(callback: (result: SubmitResult) => void): Promise<unknown>
    },
    account: Hex,
    taken: () => void,
    onStatus: ((status: TransactionStatus) => void) | undefined,
  ): Promise<Outcome | undefined> {
    const { hash } = transaction
    const bytes = transaction.toU8a().length
    let settle: (outcome: Outcome | undefined) => void = () => {}
    const settled = new Promise<Outcome | undefined>((resolve) => (settle = resolve))
    const timer = setTimeout(
      () => settle({ 'not-finalized': { transaction: hash, seconds: FINALIZATION_LIMIT_MS / 1_000 } }),
      FINALIZATION_LIMIT_MS,
    )
    // What becomes of it is told by this connection alone.
    const unwatched = this.#connection.on('reconnecting', () => {
      settle({ unwatched: { transaction: hash, reason: `the connection to ${this.url} was lost` } })
    })
    try {
      const sent = transaction.send((result) => {
        const { type, value } = result.status
        if (type === 'BestChainBlockIncluded') onStatus?.('in-block')
        if (type === 'Finalized' && value) {
          onStatus?.('finalized')
          const { events, dispatchError } = result
          settle({ included: included(this, events, dispatchError, { transaction: hash, bytes, account, ...value }) })
        }
        if (type === 'Invalid' || type === 'Drop') {
          settle({ unwatched: { transaction: hash, reason: value?.error ?? type } })
        }
      })
      await within(ANSWER_LIMIT_MS, sent)
      onStatus?.('sent')
      taken()
      return await settled
    } catch (error) {
      const reason = described(error)
      // Nobody says whether it arrived.
      if (error instanceof Overdue || error instanceof ConnectionLost) return { unwatched: { transaction: hash, reason } }
      return NONCE_TAKEN.test(reason) ? undefined : { 'not-included': { reason } }
    } finally {
      clearTimeout(timer)
      unwatched()
    }
  }
}

/** A wallet’s signer whose refusal is told as one. */
function asking(signer: WalletSigner, asks: () => void, signal: AbortSignal | undefined): WalletSigner {
  const ask = async <T>(signature: Promise<T>): Promise<T> => {
    asks()
    try {
      return await untilGivenUp(signature, signal)
    } catch (cause) {
      if (signal?.aborted) throw cause
      throw rejected('the transaction', cause)
    }
  }
  return {
    signPayload: (payload) => ask(signer.signPayload(payload)),
    signRaw: (raw) => ask(signer.signRaw(raw)),
  }
}

/** The error of a signature that a wallet did not give. */
export function rejected(what: string, cause: unknown): AegleError {
  const said = cause instanceof Error ? cause.message : String(cause)
  return new AegleError('signature-rejected', `the wallet has not signed ${what}: ${said || 'it gives no reason'}`, { cause })
}

/** What a node says of a transaction that it does not take. */
function described(error: unknown): string {
  const { message, data } = error as { message?: string; data?: unknown }
  return [message ?? String(error), data === undefined ? '' : String(data)].filter(Boolean).join(': ')
}
