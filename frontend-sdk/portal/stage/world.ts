import { type ChildProcess, execFile } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  type Account,
  type Aegle,
  type AddressBook,
  connect,
  createCard,
  developmentAccount,
  generatePhrase,
  grant,
  type Hex,
  init,
  publishKeys,
  register,
  request,
  type RoleName,
} from '@aegle/sdk'
import { type Keys, keysFromWords } from '../src/people/words.ts'
import type { Role } from './cast.ts'
import { charts, type Resource } from './examples.ts'
import { command, freePort, ready, start, stop } from './processes.ts'

/** What every account gets to pay for its transactions. */
const FUNDS = '1000000000000000'
/** The hospital’s search domain: the first one that is registered. */
const DOMAIN = 1
/** What the keys of the committee’s second member are called. */
const MEMBER = 'member'
const YEAR_MS = 365 * 24 * 3_600_000

/** Somebody who takes part, with their words and keys. */
export interface Someone extends Role {
  readonly words: string
  readonly keys: Keys
}

export interface WorldParameters {
  readonly cast: readonly Role[]
  /** What a patient has besides the examples, by the patient’s chart. */
  readonly more?: ReadonlyMap<string, readonly Resource[]>
  /** The organisations that run proxies besides the indexer’s; none unless it says otherwise. */
  readonly proxies?: readonly string[]
  /** Whether the indexer pays for what patients do, and before an organisation vouches for those whom it has invited. */
  readonly relays?: boolean
  /** Told of what is being done. */
  readonly say?: (what: string) => void
}

/** A proxy of another organisation. */
interface Proxy {
  readonly name: string
  readonly account: Hex
  readonly url: string
  readonly port: number
  readonly data: string
}

/** Somebody new, with 24 words. */
function someone(role: Role): Someone {
  using fresh = generatePhrase()
  const words = fresh.words()
  return { ...role, words, keys: keysFromWords(words) }
}

/** A chain, a consortium of a hospital and a trust, an indexer that serves the portal, and a token service: real ones. */
export class World implements AsyncDisposable {
  readonly folder: string
  readonly people: readonly Someone[]
  /** The address of the portal. */
  readonly portal: string
  readonly indexer: string
  readonly chain: string
  #hospital = 0
  readonly #relays: boolean
  readonly #processes = new Map<string, ChildProcess>()
  readonly #ports: { readonly chain: number; readonly indexer: number; readonly custodian: number }

  private constructor(folder: string, people: readonly Someone[], ports: { chain: number; indexer: number; custodian: number }, relays: boolean) {
    this.folder = folder
    this.#relays = relays
    this.people = people
    this.#ports = ports
    this.chain = `ws://127.0.0.1:${ports.chain}`
    this.indexer = `http://127.0.0.1:${ports.indexer}`
    this.portal = `${this.indexer}/portal/`
  }

  static async start({ cast, more = new Map(), proxies = [], relays = false, say = () => {} }: WorldParameters): Promise<World> {
    await init()
    const folder = await mkdtemp(join(tmpdir(), 'aegle-portal-'))
    // Postgres runs as another user when this is root, and must reach the folder.
    await chmod(folder, 0o711)
    const [people, chain, indexer, custodian] = await Promise.all([cast.map(someone), freePort(), freePort(), freePort()])
    const world = new World(folder, people, { chain, indexer, custodian }, relays)
    try {
      say('a chain, a hospital and an indexer start')
      const others = await Promise.all(proxies.map((name, index) => world.#proxy(name, index + 1)))
      const hospital = await world.#found(others)
      await world.#servers(hospital, others)
      say(`${people.length} people join`)
      await world.#join(hospital, more)
      return world
    } catch (error) {
      await world[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The number of the hospital as an organisation. */
  get hospital(): number {
    return this.#hospital
  }

  /** The person of a name. */
  person(name: string): Someone {
    const found = this.people.find((one) => one.name === name)
    if (!found) throw new Error(`nobody is called ${name}`)
    return found
  }

  /** Ends a service as a fault would: the chain, the indexer, the hospital’s token service, or the proxy of an organisation. */
  async stop(name: string): Promise<void> {
    const child = this.#processes.get(name)
    if (child) await stop(child)
  }

  /** Starts the chain, from its first block on. */
  async startChain(): Promise<void> {
    const port = String(this.#ports.chain)
    this.#processes.set('chain', start('aegle-devchain', ['--port', port], this.folder, this.#environment()))
    await ready(`http://127.0.0.1:${port}`, false)
  }

  /** Starts the indexer, for the first time or again, where it was. */
  async startIndexer(): Promise<void> {
    const { folder, chain } = this
    const listen = `127.0.0.1:${this.#ports.indexer}`
    const parameters = ['run', '--data', 'indexer-data', '--addresses', this.#book, '--chain-url', chain, '--listen', listen, '--portal', 'portal', ...(this.#relays ? ['--relayer-key', './relayer.seed'] : [])]
    this.#processes.set('indexer', start('aegle-indexer', parameters, folder, this.#environment()))
    await ready(`${this.indexer}/readyz`)
  }

  /** The hospital reviews an emergency of one of its clinicians. */
  async review(patient: Hex, clinician: Hex, verdict: 'justified' | 'unjustified'): Promise<void> {
    const about = ['--patient', patient, '--clinician', clinician, '--verdict', verdict, '--why', 'the ward was asked']
    await this.#aegle('--as', 'hospital', 'review', ...about)
  }

  /** Has the indexer’s database do something behind its back. */
  async sql(...statements: string[]): Promise<void> {
    // The fence that another indexer would meet is a trigger.
    const statement = ['set session_replication_role = replica', ...statements].join('; ')
    const socket = join(this.folder, 'indexer-data/socket')
    await promisify(execFile)('psql', ['--host', socket, '--username', 'aegle', '--set', 'ON_ERROR_STOP=1', '--command', statement, 'aegle'])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [...this.#processes.values()].reverse()) await stop(child)
    await rm(this.folder, { recursive: true, force: true })
  }

  get #book(): string {
    return join(this.folder, 'home/addresses.json')
  }

  get #custodian(): string {
    return `http://127.0.0.1:${this.#ports.custodian}`
  }

  #environment(): NodeJS.ProcessEnv {
    const { folder, chain, indexer } = this
    const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('AEGLE_'))
    const own = { HOME: folder, AEGLE_HOME: join(folder, 'home'), AEGLE_CHAIN_URL: chain, AEGLE_INDEXER_URL: indexer }
    return { ...Object.fromEntries(kept), ...own }
  }

  async #aegle(...parameters: string[]): Promise<string> {
    return await command('aegle', parameters, this.folder, this.#environment())
  }

  async #alice(...parameters: string[]): Promise<void> {
    await this.#aegle('--development', 'Alice', ...parameters)
  }

  /** Has the committee do something; where it has a second member, they vote for it. */
  async #committee(...parameters: string[]): Promise<void> {
    await this.#alice(...parameters)
    if (!this.#member) return
    const { proposals } = JSON.parse(await this.#aegle('--json', 'proposals')) as { proposals: { proposal: number }[] }
    for (const { proposal } of proposals) await this.#aegle('--as', MEMBER, 'vote', String(proposal))
  }

  get #member(): Someone | undefined {
    return this.people.find(({ committee }) => committee)
  }

  /** A member of the committee proposes something, for which the other one has yet to vote. */
  async propose(by: 'first' | 'second', ...parameters: string[]): Promise<void> {
    await (by === 'first' ? this.#alice('consortium', ...parameters) : this.#aegle('--as', MEMBER, 'consortium', ...parameters))
  }

  /** Sends an account enough for its transactions. */
  async fund(account: Hex): Promise<void> {
    await this.#alice('keys', 'fund', account, FUNDS)
  }

  /** The committee gives somebody another role at the hospital, instead of what they have there. */
  async appoint(name: string, role: RoleName): Promise<void> {
    const { id } = this.person(name).keys.reader.account
    await this.#committee('consortium', 'role', '--account', id, '--role', role, '--organisation', String(this.#hospital))
  }

  /** The trust offers somebody who works for the hospital a role; its number. */
  async offer(name: string, role: RoleName): Promise<number> {
    await this.#aegle('--as', 'trust', 'staff', 'appoint', '--role', role, this.person(name).keys.reader.account.id)
    return (await this.#addresses()).organisations.trust
  }

  async #account(name: string, ...more: string[]): Promise<Hex> {
    return (JSON.parse(await this.#aegle('--as', name, '--json', 'keys', 'new', ...more)) as { account: Hex }).account
  }

  /** Where the proxy of an organisation is to be, and its account. */
  async #proxy(name: string, number: number): Promise<Proxy> {
    const [port, data] = [await freePort(), `proxy-${number}-data`]
    const told = await command('aegle-indexer', ['account', '--data', data], this.folder, this.#environment())
    return { name, port, data, url: `http://127.0.0.1:${port}`, account: (JSON.parse(told) as { account: Hex }).account }
  }

  /** Founds a consortium whose indexer belongs to a trust; returns the hospital’s account. */
  async #found(proxies: readonly Proxy[]): Promise<Hex> {
    await this.startChain()
    const hospital = await this.#account('hospital', '--role', 'custodian')
    const trust = await this.#account('trust')
    for (const account of [hospital, trust]) await this.#alice('keys', 'fund', account, FUNDS)
    const told = await command('aegle-indexer', ['account', '--data', 'indexer-data'], this.folder, this.#environment())
    const proxy = (JSON.parse(told) as { account: Hex }).account
    const organisation = (name: string, admin: string) => `[[organisation]]\nname = "${name}"\nadmin = "${admin}"\n`
    const plan = join(this.folder, 'north.toml')
    const admitted = await Promise.all(proxies.map(async ({ name, data }) => organisation(name, await this.#account(data))))
    const organisations = organisation('hospital', hospital) + organisation('trust', trust) + admitted.join('')
    const operators = [{ account: proxy, name: 'trust' }, ...proxies]
    const member = this.#member?.keys.reader.account
    const committee = member ? `[committee]\nmembers = ["${developmentAccount('Alice').id}", "${member.id}"]\nthreshold = 2\n` : ''
    const registered = operators.map(({ account, name }) => `[[proxy]]\naccount = "${account}"\norganisation = "${name}"\n`)
    await writeFile(plan, `name = "north"\n${committee}${organisations}${registered.join('')}`)
    await this.#deploy(plan, member)
    const others = proxies.map(({ account, url }) => `${account}=${url}`)
    for (const server of [`${proxy}=${this.indexer}`, `${hospital}=${this.#custodian}`, ...others]) await this.#aegle('servers', 'add', server)
    await this.#settings(proxy, hospital, proxies)
    return hospital
  }

  /** Founds what a plan says; a second member of the committee does the same after the first one, until nothing waits. */
  async #deploy(plan: string, member: Account | undefined): Promise<void> {
    if (!member) return await this.#alice('deploy', '--plan', plan)
    await this.#keep(MEMBER, { account: member.exportSeed() })
    await this.#alice('keys', 'fund', member.id, FUNDS)
    await this.#alice('deploy', '--plan', plan, '--found')
    // What is proposed next depends on what was carried out before.
    for (let round = 0; round < 3; round += 1) {
      await this.#aegle('--as', MEMBER, 'deploy', '--plan', plan)
      await this.#alice('deploy', '--plan', plan)
    }
  }

  /** Puts somebody’s keys where the command line finds them. */
  async #keep(name: string, keys: { readonly [kind: string]: Uint8Array }): Promise<void> {
    const folder = join(this.folder, 'home/keys')
    await mkdir(folder, { recursive: true })
    for (const [kind, bytes] of Object.entries(keys)) {
      await writeFile(join(folder, `${name}.${kind}`), Buffer.from(bytes).toString('hex'), { mode: 0o600 })
    }
  }

  async #addresses(): Promise<AddressBook & { first_block: number; organisations: { hospital: number; trust: number } }> {
    return JSON.parse(await readFile(this.#book, 'utf8'))
  }

  /** Puts the built portal and its settings where the indexer reads them. */
  async #settings(proxy: Hex, hospital: Hex, proxies: readonly Proxy[]): Promise<void> {
    const { genesis, consortium, consent, ledger, first_block: firstBlock } = await this.#addresses()
    await cp(fileURLToPath(new URL('../dist', import.meta.url)), join(this.folder, 'portal'), { recursive: true })
    const staff = this.people.filter(({ roles }) => roles.length > 0)
    const settings = {
      name: 'North',
      addresses: { genesis, consortium, consent, ledger },
      chain: this.chain,
      indexer: proxy,
      firstBlock,
      custodians: [{ name: 'North Hospital', url: this.#custodian, account: hospital, domain: DOMAIN }],
      proxies: proxies.map(({ name, url, account }) => ({ name, url, account })),
      people: staff.map(({ name, about, keys }) => ({ name, about, account: keys.reader.account.id })),
      idleMinutes: 15,
    }
    await writeFile(join(this.folder, 'portal/portal.json'), JSON.stringify(settings, undefined, 2))
  }

  /** Starts indexer, proxies and token service, and registers the hospital’s search domain. */
  async #servers(hospital: Hex, proxies: readonly Proxy[]): Promise<void> {
    for (const { name, data, port } of proxies) {
      const parameters = ['proxy', '--data', data, '--addresses', this.#book, '--chain-url', this.chain, '--listen', `127.0.0.1:${port}`]
      this.#processes.set(name, start('aegle-indexer', [...parameters, '--cors-origin', this.indexer], this.folder, this.#environment()))
    }
    await this.startIndexer()
    for (const { url } of proxies) await ready(`${url}/readyz`)
    await this.#aegle('--as', 'hospital', 'keys', 'set')
    const { domain } = JSON.parse(await this.#aegle('--as', 'hospital', '--json', 'custodian', 'register')) as { domain: number }
    if (domain !== DOMAIN) throw new Error(`the hospital ${hospital} has domain ${domain}, and not ${DOMAIN}`)
    const listen = `127.0.0.1:${this.#ports.custodian}`
    const parameters = ['--as', 'hospital', 'custodian', 'serve', '--listen', listen, '--cors-origin', this.indexer]
    this.#processes.set('custodian', start('aegle', parameters, this.folder, this.#environment()))
    await ready(`${this.#custodian}/livez`)
  }

  /** Connects the SDK, to the indexer itself or by another way to it. */
  async connect(indexer = this.indexer): Promise<Aegle> {
    const addresses = await this.#addresses()
    const account = addresses.servers?.[this.indexer]?.account ?? ''
    const servers = { ...addresses.servers, [indexer]: { account } }
    return await connect({ addresses: { ...addresses, servers }, chain: this.chain, indexer, custodian: this.#custodian })
  }

  async #join(hospital: Hex, more: ReadonlyMap<string, readonly Resource[]>): Promise<void> {
    const { organisations } = await this.#addresses()
    this.#hospital = organisations.hospital
    for (const { roles, atTrust, chart, keys } of this.people) {
      if (chart !== undefined) await this.#alice('keys', 'fund', keys.patient.account.id, FUNDS)
      if (roles.length === 0) continue
      const { id } = keys.reader.account
      await this.#alice('keys', 'fund', id, FUNDS)
      const given = roles.flatMap((role) => ['--role', role])
      await this.#committee('consortium', 'role', '--account', id, ...given, '--organisation', String(atTrust ? organisations.trust : organisations.hospital))
    }
    const aegle = await this.connect()
    try {
      if (aegle.relayer) await this.#alice('keys', 'fund', aegle.relayer.account, FUNDS)
      await Promise.all(
        this.people.flatMap(({ roles, chart, keys }) => [
          ...(chart === undefined ? [] : [publishKeys(aegle, { of: keys.patient })]),
          ...(roles.length === 0 ? [] : [publishKeys(aegle, { of: keys.reader })]),
        ]),
      )
      await this.#ingest(aegle, hospital, more)
      for (const { chart, keys, letsIn = [], paidBy = [], asks = [], waits, counted } of this.people) {
        if (counted && chart) {
          await this.#keep(chart, { account: keys.patient.account.exportSeed(), master: keys.patient.exportSecret() })
          await this.#aegle('--as', chart, 'consent', '--permission', 'general', '--days', '30')
        }
        if (waits) await register(aegle, { as: keys.patient, organisation: organisations.hospital })
        for (const name of letsIn) {
          const to = this.person(name).keys.reader.account.id
          await grant(aegle, { patient: keys.patient, to, purposes: ['TREAT'], until: new Date(Date.now() + YEAR_MS) })
        }
        for (const name of paidBy) {
          const to = this.person(name).keys.reader.account.id
          await grant(aegle, { patient: keys.patient, to, purposes: ['HPAYMT'], classes: ['financial'], until: new Date(Date.now() + YEAR_MS) })
        }
        for (const name of asks) await this.ask(aegle, keys, name)
      }
    } finally {
      await aegle.disconnect()
    }
  }

  /** Has a clinician ask a patient for access, for a year. */
  async ask(aegle: Aegle, { reader }: Keys, name: string): Promise<void> {
    const patient = this.person(name).keys.patient.account.id
    await request(aegle, { by: reader, patient, until: new Date(Date.now() + YEAR_MS), why: 'an appointment next week' })
  }

  async #ingest(aegle: Aegle, hospital: Hex, more: ReadonlyMap<string, readonly Resource[]>): Promise<void> {
    const patients = this.people.filter(({ chart }) => chart)
    const found = await charts(patients.map(({ chart }) => chart ?? ''))
    const parameters: string[] = []
    const entry: { resource: Resource }[] = []
    for (const { chart = '', keys } of patients) {
      const card = join(this.folder, `${chart}.card`)
      await writeFile(card, JSON.stringify(await createCard(aegle, { patient: keys.patient, custodian: hospital })))
      parameters.push('--patient', `${chart}=${card}`)
      entry.push(...[...(found.get(chart) ?? []), ...(more.get(chart) ?? [])].map((resource) => ({ resource })))
    }
    const bundle = join(this.folder, 'bundle.json')
    await writeFile(bundle, JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }))
    await this.#aegle('--as', 'hospital', 'custodian', 'ingest', '--domain', String(DOMAIN), '--skip-others', '--keep-going', ...parameters, bundle)
  }
}
