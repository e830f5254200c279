import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Aegle,
  connect,
  createCard,
  disclosuresByServer,
  grant,
  type Granted,
  open,
  type Patient,
  type ProxyFault,
  type Reader,
  search,
} from '@aegle/sdk'
import { contract } from '@aegle/sdk/contracts'
import metadata from '@aegle/sdk/metadata/consent.json' with { type: 'json' }
import { failure } from './failure.ts'
import { patientAndClinician } from './people.ts'
import { glucose, pulse } from './records.ts'
import { type Changes, Way } from './way.ts'
import { type Proxy, World } from './world.ts'

const DAY_MS = 24 * 3_600_000
/** Less than a client waits for one proxy at all. */
const HANGING_MS = 15_000
/** How often is opened until a proxy is asked that could be overtaken by the others. */
const MAX_ATTEMPTS = 10
/** Where a proxy is shown what it transforms. */
const PARTIALS = '/v1/partials'

/** Answers with a point of the group, and a proof that is of the right one. */
const LIE: Changes = {
  answer: (path, body, asked) => {
    if (path !== PARTIALS) return body
    const lie = JSON.parse(body) as { partial: { u: string } }
    const { shown } = JSON.parse(asked.toString()) as { shown: { row: { capsule: { u_bar: string } } } }
    lie.partial.u = shown.row.capsule.u_bar
    return JSON.stringify(lie)
  },
}
/** Asks what was not signed, which the proxy refuses. */
const GARBLE: Changes = { request: (path, body) => (path === PARTIALS ? Buffer.concat([body, Buffer.from(' ')]) : body) }

describe('keys are split among three proxies, of which two must take part', { timeout: 900_000 }, () => {
  let world: World
  let aegle: Aegle
  let ana: Patient
  let mia: Reader
  let granted: Granted
  let record: string
  let proxies: readonly Proxy[]

  before(async () => {
    world = await World.start([], 3)
    proxies = world.proxies
    aegle = await connect(await world.where())
    ;[ana, mia] = await patientAndClinician(world, aegle)
    await world.ingest(await createCard(aegle, { patient: ana, custodian: world.hospital }), [glucose, pulse])
    await world.keep('ana', { account: ana.account.exportSeed(), master: ana.exportSecret() })
    await world.keep('mia', { account: mia.account.exportSeed(), encryption: mia.exportSecret() })
  })

  after(async () => {
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  const wanted = () => ({ patient: ana, to: mia.account.id, purposes: ['TREAT'] as const, until: new Date(Date.now() + DAY_MS) })
  const found = async (query: string) => {
    const { hits } = await search(aegle, { by: mia, patient: ana.account.id, domain: world.domain, query })
    assert.equal(hits.length, 1)
    return hits[0]!.record
  }
  const kinds = (faults: readonly ProxyFault[]) => faults.map(({ proxy, kind }) => [proxy, kind])
  const account = (index: number) => proxies[index]!.account

  /** Opens where a proxy is reached by another way, until that one is not too slow to be noticed. */
  async function openBy(changes: Changes) {
    await using way = await Way.to(proxies[0]!.url, changes)
    const where = await world.where()
    const { [proxies[0]!.url]: known, ...servers } = where.addresses.servers ?? {}
    await using changed = await connect({ ...where, addresses: { ...where.addresses, servers: { ...servers, [way.url]: known! } } })
    for (let attempt = 1; ; attempt += 1) {
      const opened = await open(changed, { by: mia, record })
      assert.deepEqual(opened.json(), glucose)
      if (opened.faults.length > 0 || attempt === MAX_ATTEMPTS) return opened
    }
  }

  it('grants nothing where too few proxies are known, and names them', async () => {
    const where = await world.where()
    const servers = Object.entries(where.addresses.servers ?? {}).filter(([url]) => url !== proxies[2]!.url)
    await using alone = await connect({ ...where, addresses: { ...where.addresses, servers: Object.fromEntries(servers) } })
    const error = await failure(grant(alone, wanted()), 'too-few-proxies')
    assert.deepEqual([error.details['threshold'], error.details['wanted'], error.details['found']], [2, 3, 2])
    assert.deepEqual(kinds(error.details['proxies'] as ProxyFault[]), [[account(2), 'unknown']])
    const consent = contract(aegle, 'consent', metadata, ana.account.id)
    assert.equal((await consent.query.nextGrant(ana.account.id)).data, 1)
  })

  it('grants to three, and two of them open', async () => {
    granted = await grant(aegle, { ...wanted(), classes: ['laboratory'] })
    assert.deepEqual(granted.undelivered, [])
    const consent = contract(aegle, 'consent', metadata, ana.account.id)
    const { data: grants } = await consent.query.grants(ana.account.id, { type: 'Account', value: mia.account.id })
    assert.deepEqual(grants.map(([number, { threshold, proxies: of }]) => [number, threshold, of]), [[granted.grant, 2, 0b111]])
    record = await found('glucose')
    const opened = await open(aegle, { by: mia, record })
    assert.deepEqual(opened.json(), glucose)
    assert.equal(opened.grant, granted.grant)
    assert.deepEqual(kinds(opened.faults), [])
  })

  it('opens in the command line what was granted here, and here what the command line granted', async () => {
    assert.deepEqual(JSON.parse(await world.aegle('--as', 'mia', 'record', 'get', record)), glucose)
    const told = await world.aegle('--as', 'ana', '--json', 'grant', '--to', mia.account.id, '--purpose', 'TREAT', '--class', 'vital-signs', '--days', '30')
    const { grant: number } = JSON.parse(told) as { grant: number }
    const opened = await open(aegle, { by: mia, record: await found('heart rate') })
    assert.deepEqual(opened.json(), pulse)
    assert.equal(opened.grant, number)
  })

  it('says by which servers it was seen', async () => {
    const logs = await disclosuresByServer(aegle, { patient: ana })
    assert.deepEqual(logs.map(({ server }) => server), [aegle.indexer.account, ...proxies.map(({ account: of }) => of)])
    const transforms = logs.map(({ entries }) => entries.filter(({ disclosure }) => disclosure.kind === 'transform').length)
    // What the indexer does is to give the locked record.
    assert.equal(transforms[0], 0)
    assert(transforms.reduce((all, one) => all + one) >= 6, transforms.join())
    assert(logs.every(({ error }) => error === undefined))
  })

  it('opens while a proxy lies, and names it', async () => {
    const opened = await openBy(LIE)
    assert.deepEqual(opened.faults.map(({ proxy, kind, tampering }) => [proxy, kind, tampering]), [[account(0), 'false', true]])
  })

  it('opens while a proxy refuses, and names it', async () => {
    const opened = await openBy(GARBLE)
    assert.deepEqual(kinds(opened.faults), [[account(0), 'refused']])
  })

  it('is not held up by a proxy that hangs, and by two no longer than the caller’s patience', async () => {
    await world.signal('proxy-1', 'SIGSTOP')
    const began = Date.now()
    assert.deepEqual((await open(aegle, { by: mia, record })).json(), glucose)
    assert(Date.now() - began < HANGING_MS, String(Date.now() - began))
    await world.signal('proxy-2', 'SIGSTOP')
    const patience = AbortSignal.timeout(2_000)
    const begins = Date.now()
    await failure(open(aegle, { by: mia, record, signal: patience }), 'aborted')
    assert(Date.now() - begins < HANGING_MS, String(Date.now() - begins))
    const error = await failure(open(aegle, { by: mia, record }), 'too-few-proxies')
    assert.deepEqual(kinds(error.details['proxies'] as ProxyFault[]), [[account(0), 'silent'], [account(1), 'silent']])
    for (const name of ['proxy-1', 'proxy-2']) await world.signal(name, 'SIGCONT')
  })

  it('opens while one is dead, and names it', async () => {
    await world.signal('proxy-1', 'SIGKILL')
    const opened = await open(aegle, { by: mia, record })
    assert.deepEqual(opened.json(), glucose)
    assert.deepEqual(kinds(opened.faults), [[account(0), 'unreachable']])
    const logs = await disclosuresByServer(aegle, { patient: ana })
    assert.deepEqual(logs.map(({ error }) => error?.code), [undefined, 'service-unreachable', undefined, undefined])
  })

  it('opens nothing while two are dead, and names both', async () => {
    await world.signal('proxy-2', 'SIGKILL')
    const error = await failure(open(aegle, { by: mia, record }), 'too-few-proxies')
    assert.match(error.shortMessage, new RegExp(`^2 of the proxies of grant ${granted.grant} must take part, and 1 did: try again later`))
    for (const index of [0, 1]) assert(error.shortMessage.includes(account(index)), error.shortMessage)
    assert.deepEqual(kinds(error.details['proxies'] as ProxyFault[]), [[account(0), 'unreachable'], [account(1), 'unreachable']])
    assert(!error.tampering)
    const refused = await failure(grant(aegle, wanted()), 'too-few-proxies')
    // They are asked in the order of the address book, which is that of their ports.
    const found = kinds(refused.details['proxies'] as ProxyFault[]).sort()
    assert.deepEqual(found, [[account(0), 'unreachable'], [account(1), 'unreachable']].sort())
  })
})
