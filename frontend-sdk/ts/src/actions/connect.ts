import { accountId, type Hex } from '../bytes.ts'
import { Chain } from '../chain.ts'
import { core, init, type ModuleSource } from '../core.ts'
import { AegleError, toAegleError } from '../error.ts'
import { EventLog } from '../events.ts'
import { serverUrl } from '../http.ts'
import { whole } from '../numbers.ts'
import { type Aegle, type Server, local, release, run } from '../session.ts'
import type { Status } from '../wire.ts'

/** The address book that `aegle deploy` and `aegle servers add` write: `addresses.json`. */
export interface AddressBook {
  readonly genesis: string
  readonly consortium: string
  readonly consent: string
  readonly ledger: string
  /** The block before the contracts’ first one. */
  readonly first_block?: number
  readonly servers?: { readonly [url: string]: { readonly account: string } }
}

/** How many blocks a node may be behind the indexer’s: with six seconds a block, five minutes. */
const MAX_LAG_BLOCKS = 50

/** Where a deployment is. */
export interface ConnectParameters {
  /**
   * The address book. Every server must stand in it with its account: that is never taken from the server itself. Those of them
   * that run proxies are asked for their parts of granted keys.
   */
  readonly addresses: AddressBook
  /** The address of a node that the application trusts, `ws://` or `wss://`. */
  readonly chain: string
  /** The address of the indexer. */
  readonly indexer: string
  /** The address of the token service that searches ask unless they name another. */
  readonly custodian?: string
  /**
   * Whether the indexer submits and pays for what patients, guardians and recovery keys do over this connection, so that they need
   * no tokens: no, unless it says otherwise. Each act is looked up in the finalized chain; whatever else is done over such a
   * connection is `not-relayed`.
   */
  readonly relay?: boolean
  /** Lists look for events from this block on: the first one of the address book’s contracts, unless it says otherwise. */
  readonly fromBlock?: number
  /** The WebAssembly module, where it is not found by itself. */
  readonly wasm?: ModuleSource
  readonly signal?: AbortSignal
}

function hash(book: AddressBook, name: 'genesis' | 'consortium' | 'consent' | 'ledger'): Hex {
  const value: unknown = book?.[name]
  if (typeof value !== 'string' || !/^(0x)?[0-9a-fA-F]{64}$/.test(value)) {
    throw new AegleError('bad-address-book', `the address book has no \`${name}\` of 64 hexadecimal digits`)
  }
  return accountId(name, value.startsWith('0x') ? value : `0x${value}`)
}

/** The servers besides the indexer that may run proxies, each account once: the consortium says which of them do. */
function others(indexer: Server, servers: Iterable<Server>): Server[] {
  const found = new Map<Hex, Server>()
  for (const { url, account } of servers) {
    // Nothing is signed for a server that anybody on the way could be.
    if (account !== indexer.account && !found.has(account)) found.set(account, { url: serverUrl(url), account })
  }
  return [...found.values()]
}

function unloaded(cause: unknown): never {
  throw new AegleError('not-initialised', 'what reads relayed acts in the chain cannot be loaded', { cause })
}

/** How many blocks two nodes that both follow the chain may be apart. */
const USUAL_LAG_BLOCKS = 2

/** Refuses a node that has not caught up: with the indexer’s, by more than `most` blocks. */
async function assertFresh(chain: Chain, { finalized }: Status, most: number): Promise<void> {
  const { number } = await chain.finalized()
  if (finalized.number <= number + most) return
  throw new AegleError('stale-node', `the node at ${chain.url} has finalized block ${number}, and the indexer’s node block ${finalized.number}: at most ${most} blocks may lie between them`, {
    details: { url: chain.url, node: number, indexer: finalized.number, most },
  })
}

/** Refuses a node that does not have the contracts’ first block yet. */
async function assertBegun(chain: Chain, before: number): Promise<void> {
  const { number } = await chain.finalized()
  if (number > before) return
  throw new AegleError('stale-node', `the node at ${chain.url} has finalized block ${number}, and the contracts of the address book begin after block ${before}`, {
    details: { url: chain.url, node: number, needed: before + 1 },
  })
}

/**
 * Connects to a deployment: loads the core, connects to the node, and looks whether chain, contracts and indexer are
 * those of the address book.
 *
 * @throws `bad-address-book`, `unknown-server`, `chain-unavailable`, `other-network`, `no-contract`,
 * `service-unreachable`, `other-deployment`, `other-server`, `stale-node`, `relayer-off`, `not-initialised`, `argument`, `aborted`
 */
export async function connect(parameters: ConnectParameters): Promise<Aegle> {
  const { addresses, relay = false, signal } = parameters
  const fromBlock = whole('`fromBlock`', parameters.fromBlock ?? 0)
  const contracts = {
    genesis: hash(addresses, 'genesis'),
    consortium: hash(addresses, 'consortium'),
    consent: hash(addresses, 'consent'),
    ledger: hash(addresses, 'ledger'),
  }
  const servers = new Map<string, Server>()
  for (const [url, { account }] of Object.entries(addresses.servers ?? {})) {
    const known = url.replace(/\/+$/, '')
    servers.set(known, { url: known, account: accountId(`the account of ${url}`, account) })
  }
  const server = (url: string): Server => {
    const found = servers.get(serverUrl(url))
    if (found) return found
    throw new AegleError('unknown-server', `the account of ${url} is not in the address book, and requests are signed for it`, {
      details: { url, known: [...servers.keys()] },
    })
  }
  const indexer = server(parameters.indexer)
  const proxies = others(indexer, servers.values())
  const custodian = parameters.custodian === undefined ? undefined : server(parameters.custodian)
  await init(parameters.wasm)
  // Before anything is handed over: what came of it could not be read without.
  const reading = relay ? await import('../placedCall.ts').catch(unloaded) : undefined
  const deployment = local(() => new (core().Deployment)(JSON.stringify(contracts), JSON.stringify(indexer), JSON.stringify(proxies), relay))
  const chain = await Chain.connect(parameters.chain, signal).catch((error: unknown) => {
    release(deployment)
    throw error
  })
  const ending = new AbortController()
  const disconnect = async () => {
    if (ending.signal.aborted) return
    ending.abort()
    await chain.disconnect()
    release(deployment)
  }
  const told = [contracts.consortium, contracts.consent, contracts.ledger]
  const events = new EventLog(chain, told, addresses.first_block ?? 0, fromBlock)
  const ended = ending.signal
  const connection = {
    contracts, chain, indexer, proxies, custodian, server, events, deployment, ended, disconnect, [Symbol.asyncDispose]: disconnect,
    relayed: relay, callAt: reading?.callAt, relayer: undefined,
  }
  try {
    if (chain.genesis !== contracts.genesis) {
      throw new AegleError(
        'other-network',
        `the node at ${parameters.chain} is of the chain ${chain.genesis}, and the address book of ${contracts.genesis}`,
        { details: { found: chain.genesis, expected: contracts.genesis } },
      )
    }
    await chain.ask(() => assertBegun(chain, addresses.first_block ?? -1), signal)
    const asked = run(connection, undefined, signal ? { signal } : {}, (host) => deployment.status(host))
    const status = asked.then((written) => JSON.parse(written) as Status)
    // It is waited for below; until then nobody else hears of its failure.
    status.catch(() => undefined)
    for (const name of ['consortium', 'consent', 'ledger'] as const) {
      if (await chain.ask(() => chain.hasContract(contracts[name]), signal)) continue
      // One that has not caught up does not have them yet.
      const known = await status.catch(() => undefined)
      if (known) await chain.ask(() => assertFresh(chain, known, USUAL_LAG_BLOCKS), signal)
      throw new AegleError('no-contract', `there is no contract at ${contracts[name]}, where the address book has ${name}`, {
        details: { contract: contracts[name], name },
      })
    }
    const known = await status
    await chain.ask(() => assertFresh(chain, known, MAX_LAG_BLOCKS), signal)
    const { relayer } = known
    if (!relayer && relay) {
      throw new AegleError('relayer-off', `the indexer at ${indexer.url} relays no acts`, { details: { url: indexer.url } })
    }
    return { ...connection, relayer: relayer ? { account: relayer.account as Hex, actsADay: relayer.calls_a_day, newcomers: relayer.newcomers } : undefined }
  } catch (error) {
    await disconnect()
    if (signal?.aborted) throw new AegleError('aborted', 'the action was ended by its caller', { cause: signal.reason })
    throw toAegleError(error)
  }
}
