import type { Deployment, Host } from '../pkg/aegle.js'
import type { Hex } from './bytes.ts'
import type { Chain, TransactionSigner, TransactionStatus } from './chain.ts'
import type { EventLog } from './events.ts'
import { toAegleError } from './error.ts'
import { AegleError } from './error.ts'
import { send } from './http.ts'
import { pause } from './patience.ts'
import type { CallAt } from './placedCall.ts'
import { relayingHost } from './relaying.ts'

/** A server as its users know it: by address and account. */
export interface Server {
  readonly url: string
  readonly account: Hex
}

/** Who pays for what patients do, and how much. */
export interface Relayer {
  /** The account that pays. */
  readonly account: Hex
  /** How many acts of one key it pays for a day. */
  readonly actsADay: number
  /** For which patients it pays for whom no organisation vouches yet: those whom the one that they name has invited, or whoever comes. */
  readonly newcomers: 'nobody' | 'invited' | 'anybody'
}

/** A deployment that an application is connected to: what every action takes first. */
export interface Aegle extends AsyncDisposable {
  /** The contracts, from the address book. */
  readonly contracts: { readonly genesis: Hex; readonly consortium: Hex; readonly consent: Hex; readonly ledger: Hex }
  /** The chain, through a node that the application trusts. */
  readonly chain: Chain
  /** The indexer, which is trusted with nothing. */
  readonly indexer: Server
  /** Who pays for relayed acts at the indexer; nothing where it relays none. */
  readonly relayer: Relayer | undefined
  /** Whether the indexer submits and pays for what is done over this connection: the `relay` of `connect`. */
  readonly relayed: boolean
  /** Reads what was relayed in the chain’s blocks; nothing where the indexer does not submit and pay. */
  readonly callAt: CallAt | undefined
  /** The other servers of the address book, which may run proxies, and are trusted no more. */
  readonly proxies: readonly Server[]
  /** Finds a server of the address book by its address. */
  server(url: string): Server
  /** The token service that is asked where an action names none. */
  readonly custodian: Server | undefined
  /** What the contracts have told, as far as it was read. */
  readonly events: EventLog
  /** Aborted by {@link disconnect}, with what is still under way. */
  readonly ended: AbortSignal
  /**
   * Ends it: what is under way fails with `closed`, and no socket and no timer is left, whatever node and servers do. It can be
   * done again.
   */
  disconnect(): Promise<void>
  /** The handle of the core. */
  readonly deployment: Deployment
}

/** How far back a list looks. */
export interface NewestBlocks {
  /** In how many of the newest blocks is looked for what is listed: in all, unless it says otherwise. */
  readonly newestBlocks?: number
}

/** What every action takes besides its own parameters. */
export interface ActionOptions {
  /** Ends the action early. A transaction that was sent before may still be carried out. */
  readonly signal?: AbortSignal
  /** Told of each transaction on its way. */
  readonly onTransaction?: (status: TransactionStatus) => void
  /** Told how far it is: a list, which is found in the contracts’ events, or an export. */
  readonly onProgress?: (progress: Progress) => void
}

/** How far something is. */
export interface Progress {
  readonly done: number
  readonly all: number
  readonly unit: 'blocks' | 'records'
}

/** What one action of the core runs on. */
interface Hosted {
  readonly host: Host
  /** Ends what is under way. */
  readonly signal: AbortSignal
  /** Keeps what is thrown below the core. */
  kept<V>(promise: () => Promise<V>): Promise<V>
  /** The error that the caller gets of what was thrown. */
  failed(error: unknown): AegleError
  /** Ends what nobody waits for any more when the action is over, such as the answer of a proxy that hangs. */
  end(): void
}

/** Gives an action of the core the chain and HTTP. Whoever takes it ends it. */
export function hosted(aegle: Aegle, signer: TransactionSigner | undefined, options: ActionOptions & NewestBlocks): Hosted {
  const { chain, ended } = aegle
  const over = new AbortController()
  const signal = AbortSignal.any([...(options.signal ? [options.signal] : []), ended, over.signal])
  // What was thrown below the core: it keeps the text alone, and may have gone on without it.
  const under: unknown[] = []
  const kept = async <V>(promise: () => Promise<V>): Promise<V> => {
    signal.throwIfAborted()
    try {
      return await promise()
    } catch (error) {
      under.push(error)
      throw error
    }
  }
  const asked = <V>(promise: () => Promise<V>) => kept(() => chain.ask(promise, signal))
  const { host: relaying, end, expires } = relayingHost(aegle, signer, signal, kept, options.onTransaction)
  const host: Host = {
    ...relaying,
    finalized: () => asked(async () => JSON.stringify(await chain.finalized())),
    best: () => asked(() => chain.best()),
    isFinalized: (hash) => asked(() => chain.isFinalized(hash)),
    stateCall: (at, name, input) => asked(() => chain.stateCall(at, name, new Uint8Array(input))),
    errorName: (pallet, error) => chain.errorName(pallet, error),
    submit: (account, contract, time, proof, data) =>
      kept(async () => {
        if (signer?.id !== account) throw noSigner(account)
        // The bytes are the core’s memory, which may move.
        const call = { contract, time, proof, data: new Uint8Array(data) }
        return JSON.stringify(await chain.submit(signer, call, signal, options.onTransaction))
      }),
    history: (last) =>
      kept(() => aegle.events.upTo(last, signal, (done, all) => options.onProgress?.({ done, all, unit: 'blocks' }), options.newestBlocks)),
    send: (request, body) => kept(() => send(request, new Uint8Array(body), signal)),
    pause: (milliseconds) => kept(() => pause(milliseconds, signal)),
  }
  const reasonOf = (error: unknown) => {
    const told = toAegleError(error, under)
    // What was done before the end, the caller is told.
    if (told.code === 'not-carried-out') return told
    if (options.signal?.aborted) return new AegleError('aborted', 'the action was ended by its caller', { cause: options.signal.reason })
    if (ended.aborted) return new AegleError('closed', 'the connection was ended by `disconnect`')
    return told
  }
  const failed = (error: unknown) => {
    const [reason, until] = [reasonOf(error), expires()]
    // Where its number is taken, what was handed over is done, or never will be.
    return until === undefined || reason.details['reason'] === 'relay-taken' ? reason : reason.with({ expires: until })
  }
  return {
    host,
    signal,
    kept,
    failed,
    end: () => {
      end()
      over.abort()
    },
  }
}

/** The error of an account that signs nothing in an action. */
function noSigner(account: string): AegleError {
  return new AegleError('internal', `no signer of ${account} takes part in this action`)
}

/** Runs one action of the core on the chain and on HTTP, and makes an {@link AegleError} of what it throws. */
export async function run<T>(
  aegle: Aegle,
  signer: TransactionSigner | undefined,
  options: ActionOptions & NewestBlocks,
  action: (host: Host) => Promise<T>,
): Promise<T> {
  const { host, signal, failed, end } = hosted(aegle, signer, options)
  try {
    signal.throwIfAborted()
    return await action(host)
  } catch (error) {
    throw failed(error)
  } finally {
    end()
  }
}

/**
 * Frees something of the core, and never throws: what an action that still runs has borrowed, is cleared by the core when the
 * action ends, and what was freed before is free.
 */
export function release(handle: { free(): void }): void {
  try {
    handle.free()
  } catch {
    // The handle is gone either way, and only an action that runs still has what it was of.
  }
}

/** Runs something of the core that needs neither chain nor HTTP. */
export function local<T>(action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw toAegleError(error)
  }
}
