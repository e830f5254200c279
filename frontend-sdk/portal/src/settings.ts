import type { AddressBook, Hex } from '@aegle/sdk'

/** A hospital that keeps records: its token service answers searches in its search domain. */
export interface Custodian {
  readonly name: string
  readonly url: string
  readonly account: Hex
  readonly domain: number
}

/** A server of another organisation, which holds shares of granted keys, and keeps a log of its own. */
export interface ProxyServer {
  /** The organisation’s name. */
  readonly name: string
  readonly url: string
  readonly account: Hex
}

/** Somebody whom the operator lists by name. What they may do is asked of the chain. */
export interface ListedPerson {
  readonly name: string
  /** What they do, such as “Heart clinic”. */
  readonly about: string
  readonly account: Hex
}

/** What the operator of a portal says of the deployment: `portal.json` beside the page. */
export interface Settings {
  /** The name of the consortium. */
  readonly name: string
  readonly addresses: AddressBook
  /** The address of a node. */
  readonly chain: string
  /** The account of the indexer that serves this page. */
  readonly indexer: Hex
  /** The first block that may have events of the contracts. */
  readonly firstBlock: number
  readonly custodians: readonly Custodian[]
  /** None where the indexer’s proxy is the only one. */
  readonly proxies: readonly ProxyServer[]
  readonly people: readonly ListedPerson[]
  /** After how many minutes without a key or a click somebody is signed out. */
  readonly idleMinutes: number
  /** In how many more of the newest blocks the lists of organisations and of the committee look each time. */
  readonly listBlocks: number
}

/** The settings are missing, or are none. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/** After how many minutes somebody is signed out where the settings say nothing of it. */
const IDLE_MINUTES = 15
/** In how many more blocks lists look where the settings say nothing of it: with six seconds a block, five and a half days. */
const LIST_BLOCKS = 80_000
/** The most, since the SDK reads 100,000 blocks at once, and there are new ones meanwhile. */
const MAX_LIST_BLOCKS = 90_000

type Fields = { readonly [name: string]: unknown }

function fields(what: string, value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new SettingsError(`${what} is no object`)
}

function list<T>(what: string, value: unknown, each: (what: string, value: Fields) => T): T[] {
  if (!Array.isArray(value)) throw new SettingsError(`${what} is no list`)
  return value.map((entry, index) => each(`${what}[${index}]`, fields(`${what}[${index}]`, entry)))
}

function text(what: string, from: Fields, name: string): string {
  const value = from[name]
  if (typeof value === 'string' && value !== '') return value
  throw new SettingsError(`${what}.${name} is no text`)
}

function account(what: string, from: Fields, name: string): Hex {
  const value = text(what, from, name)
  if (/^0x[0-9a-f]{64}$/.test(value)) return value as Hex
  throw new SettingsError(`${what}.${name} is no account of 0x and 64 digits`)
}

function count(what: string, from: Fields, name: string, otherwise?: number): number {
  const value = from[name] ?? otherwise
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new SettingsError(`${what}.${name} is no number`)
}

function listBlocks(from: Fields): number {
  const blocks = count('portal.json', from, 'listBlocks', LIST_BLOCKS)
  if (Number.isInteger(blocks) && blocks >= 1 && blocks <= MAX_LIST_BLOCKS) return blocks
  throw new SettingsError(`portal.json.listBlocks is ${blocks}, and must be 1 to ${MAX_LIST_BLOCKS}`)
}

/** Reads settings; nothing that is missing is guessed. */
export function readSettings(value: unknown): Settings {
  const all = fields('portal.json', value)
  const addresses = fields('addresses', all['addresses'])
  const hash = (name: string) => text('addresses', addresses, name)
  return {
    name: text('portal.json', all, 'name'),
    addresses: { genesis: hash('genesis'), consortium: hash('consortium'), consent: hash('consent'), ledger: hash('ledger') },
    chain: text('portal.json', all, 'chain'),
    indexer: account('portal.json', all, 'indexer'),
    firstBlock: count('portal.json', all, 'firstBlock'),
    custodians: list('custodians', all['custodians'], (what, one) => ({
      name: text(what, one, 'name'),
      url: text(what, one, 'url'),
      account: account(what, one, 'account'),
      domain: count(what, one, 'domain'),
    })),
    proxies: list('proxies', all['proxies'] ?? [], (what, one) => ({
      name: text(what, one, 'name'),
      url: text(what, one, 'url'),
      account: account(what, one, 'account'),
    })),
    people: list('people', all['people'], (what, one) => ({
      name: text(what, one, 'name'),
      about: text(what, one, 'about'),
      account: account(what, one, 'account'),
    })),
    idleMinutes: count('portal.json', all, 'idleMinutes', IDLE_MINUTES),
    listBlocks: listBlocks(all),
  }
}

/** Fetches the settings from beside the page. */
export async function fetchSettings(): Promise<Settings> {
  const answer = await fetch('portal.json', { cache: 'no-store', credentials: 'omit' })
  if (!answer.ok) throw new SettingsError(`portal.json is answered with status ${answer.status}`)
  return readSettings(await answer.json())
}

/** The name under which an account is listed; nothing for one that is not. */
export function nameOf(settings: Settings, account: string): string | undefined {
  const known: readonly { name: string; account: Hex }[] = [...settings.people, ...settings.custodians, ...settings.proxies]
  return known.find((one) => one.account === account)?.name
}
