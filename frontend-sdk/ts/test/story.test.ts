import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Aegle,
  AegleError,
  connect,
  createCard,
  disclosures,
  generateAccount,
  generatePatient,
  generateReader,
  grant,
  type Granted,
  open,
  type Patient,
  publishKeys,
  type Reader,
  revoke,
  search,
  watch,
} from '@aegle/sdk'
import { contract } from '@aegle/sdk/contracts'
import metadata from '@aegle/sdk/metadata/consent.json' with { type: 'json' }
import { glucose, pulse } from './records.ts'
import { Way } from './way.ts'
import { World } from './world.ts'

const DAY_MS = 24 * 3_600_000
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS)

/** The error that something fails with. */
async function failure(action: Promise<unknown>): Promise<AegleError> {
  const error = await action.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert(error instanceof AegleError, String(error))
  return error
}

describe('a patient grants, and a clinician searches and opens', () => {
  let world: World
  let aegle: Aegle
  let ana: Patient
  let mia: Reader
  let granted: Granted

  before(async () => {
    world = await World.start()
    aegle = await connect(await world.where())
    ana = generatePatient(generateAccount())
    mia = generateReader(generateAccount())
    await world.fund(ana.account.id)
    await world.fund(mia.account.id)
    await world.clinician(mia.account.id)
  })

  after(async () => {
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  it('publishes keys in two transactions at once, and pays for them', async () => {
    const receipts = await publishKeys(aegle, { of: ana })
    assert.equal(receipts.length, 2)
    for (const receipt of receipts) assert(receipt.fee > 0n && receipt.block > 0, JSON.stringify(receipt.block))
  })

  it('has the hospital ingest for the card that the patient made', async () => {
    await world.ingest(await createCard(aegle, { patient: ana, custodian: world.hospital }), [glucose, pulse])
    const { hits } = await search(aegle, { by: ana, domain: world.domain, query: 'type:Observation', verify: true })
    assert.equal(hits.length, 2)
  })

  it('grants nothing to somebody without a key', async () => {
    const error = await failure(grant(aegle, { patient: ana, to: mia.account.id, purposes: ['TREAT'], until: inDays(1) }))
    assert.equal(error.code, 'no-directory-key')
    assert.equal(error.details['account'], mia.account.id)
  })

  it('finds nothing for a clinician without a grant', async () => {
    await publishKeys(aegle, { of: mia })
    const error = await failure(search(aegle, { by: mia, patient: ana.account.id, domain: world.domain, query: 'glucose' }))
    assert.equal(error.code, 'service-refused')
    assert.equal(error.details['reason'], 'not-permitted')
  })

  it('lets the clinician find and open what was granted, and nothing else', async () => {
    const statuses: string[] = []
    granted = await grant(aegle, {
      patient: ana,
      to: mia.account.address,
      purposes: ['TREAT'],
      classes: ['laboratory'],
      until: inDays(30),
      onTransaction: (status) => statuses.push(status),
    })
    assert.equal(granted.grant, 1)
    assert.deepEqual(statuses, ['signing', 'sent', 'in-block', 'finalized'])
    const { hits } = await search(aegle, { by: mia, patient: ana.account.id, domain: world.domain, query: 'glucose' })
    assert.equal(hits.length, 1)
    const record = await open(aegle, { by: mia, record: hits[0]!.record })
    assert.equal(record.mediaType, 'application/fhir+json')
    assert.deepEqual(record.json(), glucose)
    assert.equal(record.grant, granted.grant)
    assert.equal(record.patient, ana.account.id)
    const all = await search(aegle, { by: mia, patient: ana.account.id, domain: world.domain, query: '*' })
    assert.equal(all.hits.length, 1)
  })

  it('opens in the command line what was granted here', async () => {
    await world.keep('mia', { account: mia.account.exportSeed(), encryption: mia.exportSecret() })
    const { hits } = await search(aegle, { by: mia, patient: ana.account.id, domain: world.domain, query: 'glucose' })
    const content: unknown = JSON.parse(await world.aegle('--as', 'mia', 'record', 'get', hits[0]!.record))
    assert.deepEqual(content, glucose)
  })

  it('runs the quick start', async () => {
    await world.keep('ana', { account: ana.account.exportSeed(), master: ana.exportSecret() })
    assert.deepEqual(JSON.parse(await world.example('quick-start.ts', 'heart rate')), pulse)
  })

  it('opens the patient’s own records without a grant', async () => {
    const { hits } = await search(aegle, { by: ana, domain: world.domain, query: 'heart rate' })
    const record = await open(aegle, { by: ana, record: hits[0]!.record })
    assert.deepEqual(record.json(), pulse)
    assert.equal(record.grant, null)
  })

  it('asks a contract directly, with types', async () => {
    const consent = contract(aegle, 'consent', metadata, ana.account.id)
    const { data: next } = await consent.query.nextGrant(ana.account.address)
    assert.equal(next, granted.grant + 2)
    const { data: grants } = await consent.query.grants(ana.account.address, { type: 'Account', value: mia.account.address })
    assert.deepEqual(grants.map(([number]) => number), [granted.grant, granted.grant + 1])
  })

  it('shows the patient who saw what', async () => {
    const log = await disclosures(aegle, { patient: ana })
    const transform = log.find(({ disclosure }) => disclosure.kind === 'transform')
    assert.equal(transform?.disclosure.requester, mia.account.id)
    assert.equal(transform?.disclosure.grant, granted.grant)
  })

  it('watches what concerns an account, from the first on, and believes nothing that the chain does not have', async () => {
    /** Everything that is told of Ana by way of somebody who changes it. */
    const told = async (event?: (text: string) => string | undefined) => {
      await using way = await Way.to(world.indexer, event ? { event } : {})
      const where = await world.where()
      const servers = { ...where.addresses.servers, [way.url]: { account: aegle.indexer.account } }
      await using changed = await connect({ ...where, addresses: { ...where.addresses, servers }, indexer: way.url })
      const kinds: string[] = []
      for await (const one of watch(changed, { as: ana, after: '0-0' })) {
        if (one.kind === 'head') break
        kinds.push(one.kind)
      }
      return kinds
    }
    const kinds = await told()
    assert(kinds.filter((kind) => kind === 'grant').length >= 2, kinds.join())
    const isGrant = (text: string) => text.includes('event: grant') || text.includes('event:grant')
    const forged = await failure(told((text) => (isGrant(text) ? text.replace(/("data":"(?:0x)?..)../, '$1ff') : text)))
    assert.equal(forged.code, 'false-answer')
    assert.match(forged.shortMessage, /^the indexer told of event \d+-\d+, which the chain does not have: do not trust it$/)
    const otherBlock = await failure(told((text) => text.replace(/("block":"0x)../, '$1ff')))
    assert.equal(otherBlock.code, 'false-answer')
    const twice = await failure(told((text) => (isGrant(text) ? `${text}\n\n${text}` : text)))
    assert.match(twice.shortMessage, /out of order/)
    assert(forged.tampering && otherBlock.tampering && twice.tampering)
    const patience = AbortSignal.timeout(500)
    const waits = (async () => {
      for await (const one of watch(aegle, { as: mia, signal: patience })) assert.equal(one.kind, 'head')
    })()
    assert.equal((await failure(waits)).code, 'aborted')
  })

  it('shows and opens nothing after the grant is revoked', async () => {
    const { hits } = await search(aegle, { by: mia, patient: ana.account.id, domain: world.domain, query: 'glucose' })
    for (const number of [granted.grant, granted.grant + 1]) {
      await revoke(aegle, { patient: ana, grant: number, from: mia.account.id })
    }
    const refused = await failure(search(aegle, { by: mia, patient: ana.account.id, domain: world.domain, query: 'glucose' }))
    assert.equal(refused.code, 'service-refused')
    const closed = await failure(open(aegle, { by: mia, record: hits[0]!.record }))
    assert.equal(closed.code, 'nothing-to-show')
  })

  it('says what the contract says when a grant is revoked twice', async () => {
    const error = await failure(revoke(aegle, { patient: ana, grant: granted.grant, from: mia.account.id }))
    assert.equal(error.code, 'contract-refused')
    assert(typeof error.details['reason'] === 'string', error.message)
  })

  it('ends at once when the caller gives up', async () => {
    const patience = AbortSignal.abort(new Error('enough'))
    const error = await failure(search(aegle, { by: ana, domain: world.domain, query: '*', signal: patience }))
    assert.equal(error.code, 'aborted')
    assert.equal((error.walk() as Error).message, 'enough')
  })

  it('says where a query is wrong', async () => {
    const error = await failure(search(aegle, { by: ana, domain: world.domain, query: 'glucose AND (' }))
    assert.equal(error.code, 'query')
    assert.match(error.shortMessage, /^column \d+: /)
  })

  it('tells an account without funds that it has none', async () => {
    using poor = generateReader(generateAccount())
    const error = await failure(publishKeys(aegle, { of: poor }))
    assert.equal(error.code, 'no-funds')
  })

  it('does not talk to a server that the address book does not know', async () => {
    const error = await failure(connect({ ...(await world.where()), indexer: 'http://127.0.0.1:1' }))
    assert.equal(error.code, 'unknown-server')
  })

  it('does not talk to another chain than that of the address book', async () => {
    const where = await world.where()
    const addresses = { ...where.addresses, genesis: `0x${'11'.repeat(32)}` }
    assert.equal((await failure(connect({ ...where, addresses }))).code, 'other-network')
  })

  it('says so where there is no contract', async () => {
    const where = await world.where()
    const addresses = { ...where.addresses, consent: `0x${'11'.repeat(32)}` }
    assert.equal((await failure(connect({ ...where, addresses }))).code, 'no-contract')
  })

  it('says so when the node or the indexer does not answer', async () => {
    const where = await world.where()
    assert.equal((await failure(connect({ ...where, chain: 'ws://127.0.0.1:1' }))).code, 'chain-unavailable')
    const servers = { ...where.addresses.servers, 'http://127.0.0.1:1': { account: world.hospital } }
    const dead = { ...where, addresses: { ...where.addresses, servers }, indexer: 'http://127.0.0.1:1' }
    assert.equal((await failure(connect(dead))).code, 'service-unreachable')
  })

  it('notices a server of another account than the address book says', async () => {
    const where = await world.where()
    const servers = { ...where.addresses.servers, [world.indexer]: { account: world.hospital } }
    const error = await failure(connect({ ...where, addresses: { ...where.addresses, servers } }))
    assert.equal(error.code, 'other-server')
  })
})
