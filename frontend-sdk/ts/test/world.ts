import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type AddressBook, developmentAccount, init } from '@aegle/sdk'

const run = promisify(execFile)
/** How long a service may take to be ready. */
const READY_LIMIT_MS = 180_000

/** Where the programs are: `scripts/javascript.sh` says. */
function programs(): string {
  const folder = process.env['AEGLE_PROGRAMS']
  if (!folder) throw new Error('AEGLE_PROGRAMS names the folder of aegle, aegle-indexer and aegle-devchain')
  return folder
}

/** A program that was started. */
interface Started {
  readonly name: string
  readonly child: ChildProcess
}

/** A proxy by itself: its account, and where it is. */
export interface Proxy {
  /** What {@link World.signal} calls it. */
  readonly name: string
  readonly account: string
  readonly url: string
}

/** A free port of this machine. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('no port is free')
  return address.port
}

/** A chain, a consortium of a hospital and a trust, an indexer and a token service: real ones, started by command. */
export class World implements AsyncDisposable {
  readonly folder: string
  readonly chain: string
  readonly indexer: string
  readonly custodian: string
  /** The hospital’s account. */
  readonly hospital: string
  /** The hospital’s search domain. */
  readonly domain: number
  /** The proxies, each of an organisation of its own. The indexer’s is the only one where there are none. */
  readonly proxies: readonly Proxy[]
  readonly #processes: Started[]

  private constructor(parts: {
    folder: string
    chain: string
    indexer: string
    custodian: string
    hospital: string
    domain: number
    proxies: Proxy[]
    processes: Started[]
  }) {
    this.folder = parts.folder
    this.chain = parts.chain
    this.indexer = parts.indexer
    this.custodian = parts.custodian
    this.hospital = parts.hospital
    this.domain = parts.domain
    this.proxies = parts.proxies
    this.#processes = parts.processes
  }

  /**
   * Starts everything. Pages of `origins` may ask indexer and token service. With `proxies`, the keys of grants are for so many
   * proxies of other organisations, and the indexer’s is none of them. `options` are the indexer’s besides. The committee is Alice
   * alone, or Alice and `second`, who must both agree.
   */
  static async start(origins: readonly string[] = [], proxies = 0, options: readonly string[] = [], second?: 'Bob'): Promise<World> {
    await init()
    const folder = await mkdtemp(join(tmpdir(), 'aegle-sdk-'))
    // Postgres runs as another user when this is root, and must reach the folder.
    await chmod(folder, 0o711)
    const [chainPort, indexerPort, custodianPort] = await Promise.all([freePort(), freePort(), freePort()])
    const [chain, indexer] = [`ws://127.0.0.1:${chainPort}`, `http://127.0.0.1:${indexerPort}`]
    const custodian = `http://127.0.0.1:${custodianPort}`
    const processes: Started[] = []
    const start = (program: string, parameters: string[], name = program) => {
      const child = spawn(join(programs(), program), parameters, { cwd: folder, env: environment(folder, chain, indexer) })
      // Only what it says when it fails is of interest.
      child.stdout?.resume()
      child.stderr?.resume()
      processes.push({ name, child })
    }
    /** The account of an indexer’s or a proxy’s data folder. */
    const identity = async (data: string) => {
      const said = await run(join(programs(), 'aegle-indexer'), ['account', '--data', data], { cwd: folder })
      return (JSON.parse(said.stdout) as { account: string }).account
    }
    const aegle = (...parameters: string[]) => command(folder, chain, indexer, parameters)
    try {
      start('aegle-devchain', ['--port', String(chainPort)])
      await ready(`http://127.0.0.1:${chainPort}`, false)
      const account = async (name: string, ...more: string[]) =>
        (JSON.parse(await aegle('--as', name, '--json', 'keys', 'new', ...more)) as { account: string }).account
      const hospital = await account('hospital', '--role', 'custodian')
      const trust = await account('trust')
      for (const funded of [hospital, trust]) {
        await aegle('--development', 'Alice', 'keys', 'fund', funded, '1000000000000000')
      }
      const plan = join(folder, 'north.toml')
      const deploy = async (...more: string[]) => {
        await aegle('--development', 'Alice', 'deploy', '--plan', plan, ...more)
        // What is proposed next depends on what was carried out before.
        for (const member of second ? [second, 'Alice', second, 'Alice', second, 'Alice'] : []) {
          await aegle('--development', member, 'deploy', '--plan', plan)
        }
      }
      const organisation = (name: string, admin: string) => `[[organisation]]\nname = "${name}"\nadmin = "${admin}"\n`
      const operators = Array.from({ length: proxies }, (_, index) => `proxy-${index + 1}`)
      const admitted = await Promise.all(operators.map(async (name) => organisation(name, await account(`${name}-admin`))))
      const members = ['Alice', ...(second ? [second] : [])].map((name) => `"${developmentAccount(name).id}"`)
      const committee = `[committee]\nmembers = [${members.join(', ')}]\nthreshold = ${members.length}\n`
      const described = `name = "north"\n${committee}${organisation('hospital', hospital)}${organisation('trust', trust)}${admitted.join('')}`
      await writeFile(plan, described)
      await deploy('--found')
      const allowed = origins.flatMap((origin) => ['--cors-origin', origin])
      const addresses = join(folder, 'home/addresses.json')
      const serve = (mode: 'run' | 'proxy', data: string, port: number, name?: string) =>
        start('aegle-indexer', [mode, '--data', data, '--addresses', addresses, '--chain-url', chain, '--listen', `127.0.0.1:${port}`, ...allowed, ...(mode === 'run' ? options : [])], name)
      serve('run', 'indexer-data', indexerPort)
      const others = await Promise.all(
        operators.map(async (name): Promise<Proxy> => {
          const [port, data] = [await freePort(), `${name}-data`]
          const account = await identity(data)
          serve('proxy', data, port, name)
          return { name, account, url: `http://127.0.0.1:${port}` }
        }),
      )
      for (const url of [indexer, ...others.map(({ url }) => url)]) await ready(`${url}/readyz`)
      const own = await identity('indexer-data')
      const running = others.length > 0 ? others : [{ account: own, name: 'trust' }]
      const tables = running.map(({ account, name }) => `[[proxy]]\naccount = "${account}"\norganisation = "${name}"\n`)
      await writeFile(plan, described + tables.join(''))
      await deploy()
      const servers = others.map(({ account, url }) => `${account}=${url}`)
      for (const server of [`${own}=${indexer}`, `${hospital}=${custodian}`, ...servers]) await aegle('servers', 'add', server)
      await aegle('--as', 'hospital', 'keys', 'set')
      const registered = await aegle('--as', 'hospital', '--json', 'custodian', 'register')
      const { domain } = JSON.parse(registered) as { domain: number }
      start('aegle', ['--as', 'hospital', 'custodian', 'serve', '--listen', `127.0.0.1:${custodianPort}`, ...allowed])
      await ready(`${custodian}/livez`)
      return new World({ folder, chain, indexer, custodian, hospital, domain, proxies: others, processes })
    } catch (error) {
      await stop(processes, folder)
      throw error
    }
  }

  /** Runs `aegle` with the keys and the address book of this world. */
  async aegle(...parameters: string[]): Promise<string> {
    return await command(this.folder, this.chain, this.indexer, parameters)
  }

  /** The address book. */
  async addresses(): Promise<AddressBook> {
    return JSON.parse(await readFile(join(this.folder, 'home/addresses.json'), 'utf8')) as AddressBook
  }

  /** What `connect` takes. */
  async where() {
    return { addresses: await this.addresses(), chain: this.chain, indexer: this.indexer, custodian: this.custodian }
  }

  /** Sends an account enough for its transactions. */
  async fund(account: string): Promise<void> {
    await this.aegle('--development', 'Alice', 'keys', 'fund', account, '1000000000000000')
  }

  /** The committee makes somebody a clinician of the hospital. */
  async clinician(account: string): Promise<void> {
    const { organisations } = (await this.addresses()) as unknown as { organisations: { hospital: number } }
    const number = String(organisations.hospital)
    await this.aegle('--development', 'Alice', 'consortium', 'role', '--account', account, '--role', 'clinician', '--organisation', number)
  }

  /** The hospital ingests resources of the patient whose card it is; they call the patient `Patient/17`. */
  async ingest(card: unknown, resources: readonly object[]): Promise<void> {
    const [cardFile, bundleFile] = [join(this.folder, 'patient.card'), join(this.folder, 'bundle.json')]
    await writeFile(cardFile, JSON.stringify(card))
    const entry = resources.map((resource) => ({ resource }))
    await writeFile(bundleFile, JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }))
    await this.aegle('--as', 'hospital', 'custodian', 'ingest', '--domain', String(this.domain), '--patient', `17=${cardFile}`, bundleFile)
  }

  /** The hospital ingests a resource of the patient whose card it is, as it is written. */
  async ingestText(card: unknown, resource: string): Promise<void> {
    const [cardFile, file] = [join(this.folder, 'patient.card'), join(this.folder, 'resource.json')]
    await writeFile(cardFile, JSON.stringify(card))
    await writeFile(file, resource)
    await this.aegle('--as', 'hospital', 'custodian', 'ingest', '--domain', String(this.domain), '--patient', `17=${cardFile}`, file)
  }

  /** Puts somebody’s keys where the command line finds them. */
  async keep(name: string, keys: { readonly [kind: string]: Uint8Array }): Promise<void> {
    for (const [kind, bytes] of Object.entries(keys)) {
      const path = join(this.folder, 'home/keys', `${name}.${kind}`)
      await writeFile(path, Buffer.from(bytes).toString('hex'), { mode: 0o600 })
    }
  }

  /** Sends a signal to a program of this world: `SIGKILL` ends it at once, `SIGSTOP` silences it. */
  async signal(name: 'aegle-devchain' | 'aegle-indexer' | Proxy['name'], signal: NodeJS.Signals): Promise<void> {
    const found = this.#processes.find((started) => started.name === name)
    if (!found) throw new Error(`${name} does not run here`)
    if (found.child.exitCode !== null || found.child.signalCode !== null) return
    const ended = signal === 'SIGKILL' ? once(found.child, 'exit') : undefined
    found.child.kill(signal)
    await ended
  }

  /** Starts a node of the same chain that has none of its blocks; its address. */
  async emptyNode(): Promise<string> {
    const port = await freePort()
    this.#start('aegle-devchain', '--port', String(port))
    await ready(`http://127.0.0.1:${port}`, false)
    return `ws://127.0.0.1:${port}`
  }

  /** Starts another indexer on the database of the first one, which must have been silenced: it takes it over. */
  async takeOver(): Promise<void> {
    const port = await freePort()
    const database = `postgresql:///aegle?host=${encodeURIComponent(join(this.folder, 'indexer-data/socket'))}&user=aegle`
    const addresses = join(this.folder, 'home/addresses.json')
    // What it stores opens by the first one's keys alone.
    const keys = ['first', 'second'].flatMap((replica) => ['--erasure-keys', join(this.folder, 'indexer-data/erasure-keys', replica)])
    const end = Date.now() + READY_LIMIT_MS
    for (;;) {
      // It is refused until the database has let go of the first one.
      const child = this.#start('aegle-indexer', '--data', 'second-data', '--database-url', database, 'run', '--addresses', addresses, '--chain-url', this.chain, '--listen', `127.0.0.1:${port}`, ...keys)
      const ended = once(child, 'exit').then(() => 'ended' as const)
      const up = ready(`http://127.0.0.1:${port}/livez`).then(() => 'up' as const)
      up.catch(() => undefined)
      if ((await Promise.race([ended, up])) === 'up') return
      if (Date.now() > end) throw new Error('no other indexer gets the database')
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
  }

  /** Starts a script of the tests; what it says is for the caller to read. */
  script(name: string, ...parameters: string[]): ChildProcess {
    return spawn(process.execPath, [fileURLToPath(new URL(name, import.meta.url)), ...parameters], { stdio: ['pipe', 'pipe', 'inherit'] })
  }

  #start(program: string, ...parameters: string[]): ChildProcess {
    const child = spawn(join(programs(), program), parameters, { cwd: this.folder, env: environment(this.folder, this.chain, this.indexer) })
    child.stdout?.resume()
    child.stderr?.resume()
    this.#processes.push({ name: program, child })
    return child
  }

  /** Runs a script of the examples, as a developer does who went through the first hours of the book. */
  async example(name: string, ...parameters: string[]): Promise<string> {
    const script = fileURLToPath(new URL(`../examples/${name}`, import.meta.url))
    const env = { ...environment(this.folder, this.chain, this.indexer), AEGLE_CUSTODIAN_URL: this.custodian }
    const { stdout } = await run(process.execPath, [script, ...parameters], { cwd: this.folder, env })
    return stdout
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#processes, this.folder)
  }
}

function environment(folder: string, chain: string, indexer: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('AEGLE_'))
  const own = { HOME: folder, AEGLE_HOME: join(folder, 'home'), AEGLE_CHAIN_URL: chain, AEGLE_INDEXER_URL: indexer }
  return { ...Object.fromEntries(kept), ...own }
}

async function command(folder: string, chain: string, indexer: string, parameters: string[]): Promise<string> {
  const { stdout } = await run(join(programs(), 'aegle'), parameters, { cwd: folder, env: environment(folder, chain, indexer) })
  return stdout
}

/** Waits until something answers there; with success, unless any answer does. */
async function ready(url: string, success = true): Promise<void> {
  const end = Date.now() + READY_LIMIT_MS
  for (;;) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer && (answer.ok || !success)) return
    if (Date.now() > end) throw new Error(`${url} is not ready within ${READY_LIMIT_MS / 1_000} seconds`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Ends what was started, the last first, and clears the folder. */
async function stop(processes: Started[], folder: string): Promise<void> {
  for (const { child } of [...processes].reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    // One that was silenced does not hear it.
    child.kill('SIGCONT')
    await ended
  }
  await stopDatabases(folder)
  await rm(folder, { recursive: true, force: true })
}

/** Ends the database servers that programs left behind which were killed. */
async function stopDatabases(folder: string): Promise<void> {
  const end = Date.now() + READY_LIMIT_MS
  for (const data of await readdir(folder)) {
    const file = join(folder, data, 'postgres/postmaster.pid')
    const running = async () => Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0])
    const pid = await running()
    if (pid === 0) continue
    // A fast shutdown, as Postgres calls it. It may have ended by itself.
    try {
      process.kill(pid, 'SIGINT')
    } catch {
      continue
    }
    while ((await running()) === pid && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
