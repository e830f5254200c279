import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Aegle,
  breakGlass,
  connect,
  createCard,
  exportBundle,
  type ExportedRecord,
  exportRecords,
  generateAccount,
  generatePatient,
  grant,
  type ExportSummary,
  open,
  type Patient,
  publishKeys,
  type Reader,
  search,
  verify,
} from '@aegle/sdk'
import { isFhir } from '../src/bundle.ts'
import { resourceTypes } from '../src/resourceTypes.ts'
import { failure } from './failure.ts'
import { assertFhir, typesOfFhir } from './fhir.ts'
import { patientAndClinician } from './people.ts'
import { glucose, potassium, pulse } from './records.ts'
import { type Changes, Way } from './way.ts'
import { World } from './world.ts'

const DAY_MS = 24 * 3_600_000

/** Precise as it is written: a value that JavaScript would write otherwise. */
const PRECISE = '"value": 4.10'
const high = potassium('high', '2026-03-12', 5.9)
const precise = JSON.stringify(potassium('precise', '2026-03-20', 4)).replace('"value":4', PRECISE)
const early = { ...pulse, meta: { lastUpdated: '2026-03-09T10:00:00Z' } }
const late = { ...pulse, meta: { lastUpdated: '2026-03-10T10:00:00Z' }, valueQuantity: { ...pulse.valueQuantity, value: 68 } }
/** What the hospital ingests, as it writes it. */
const written = [...[glucose, high, early, late].map((resource) => JSON.stringify(resource)), precise]

interface Entry {
  fullUrl?: string
  resource: { resourceType: string; id?: string; [element: string]: unknown }
}

/** Takes everything that a generator gives, and what it returns. */
async function all<T, R>(generator: AsyncGenerator<T, R>): Promise<{ given: T[]; returned: R }> {
  const given: T[] = []
  for (;;) {
    const { value, done } = await generator.next()
    if (done) return { given, returned: value }
    given.push(value)
  }
}

/** The value of an extension within an extension. */
function within(resource: Entry['resource'], url: string, name: string): unknown {
  type Extension = { url: string; extension?: Extension[]; [value: string]: unknown }
  const found = (resource['extension'] as Extension[]).find((extension) => extension.url === url)
  const inner = found?.extension?.find((extension) => extension.url === name)
  return inner && (inner['valueString'] ?? inner['valueUnsignedInt'] ?? inner['valueCode'])
}

describe('records are taken along', { timeout: 900_000 }, () => {
  let world: World
  let aegle: Aegle
  let ana: Patient
  let mia: Reader

  before(async () => {
    world = await World.start()
    aegle = await connect(await world.where())
    ;[ana, mia] = await patientAndClinician(world, aegle)
    const card = await createCard(aegle, { patient: ana, custodian: world.hospital })
    await world.ingest(card, [glucose, high, early])
    await world.ingestText(card, precise)
    await world.ingest(card, [late])
  })

  after(async () => {
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  const own = () => ({ by: ana, domain: world.domain })

  async function by<T>(changes: Changes, action: (changed: Aegle) => Promise<T>): Promise<T> {
    await using way = await Way.to(world.indexer, changes)
    const where = await world.where()
    const servers = { ...where.addresses.servers, [way.url]: { account: aegle.indexer.account } }
    await using changed = await connect({ ...where, addresses: { ...where.addresses, servers }, indexer: way.url })
    return await action(changed)
  }

  async function bundle(of: Aegle): Promise<{ text: string; entries: Entry[]; summary: ExportSummary }> {
    const { given, returned } = await all(exportBundle(of, own()))
    const text = given.join('')
    const parsed = JSON.parse(text) as { resourceType: string; entry: Entry[] }
    assertFhir(parsed)
    return { text, entries: parsed.entry, summary: returned }
  }

  it('makes a Bundle of everything, as Medplum reads it, and to the byte as the hospital had it', async () => {
    const { text, entries, summary } = await bundle(aegle)
    const resources = entries.map(({ resource }) => resource).filter(({ resourceType }) => resourceType === 'Observation')
    const byText = (values: unknown[]) => values.map((value) => JSON.stringify(value)).sort()
    assert.deepEqual(byText(resources), byText(written.map((resource) => JSON.parse(resource))))
    for (const resource of written) assert(text.includes(`"resource":${resource}}`), resource)
    const bytes = written.reduce((sum, resource) => sum + Buffer.byteLength(resource), 0)
    assert.deepEqual(summary, { domain: world.domain, query: undefined, records: 5, bytes, leftOut: [], complete: true })
  })

  it('says of each entry what verifies it, and which one took its place', async () => {
    const { entries } = await bundle(aegle)
    const provenances = entries.filter(({ resource }) => resource.resourceType === 'Provenance').map(({ resource }) => resource)
    assert.equal(provenances.length, 5)
    const fates: unknown[] = []
    for (const provenance of provenances) {
      const [source] = provenance['entity'] as { what: { identifier: { value: string } } }[]
      const { anchored, block, fate } = await verify(aegle, { by: ana, record: source!.what.identifier.value })
      assert(anchored && block)
      const said = ['patient', 'domain', 'batch', 'number', 'leaf', 'root', 'block', 'block-hash'].map((name) => within(provenance, 'urn:aegle:anchor', name))
      assert.deepEqual(said, [ana.account.id, anchored.domain, anchored.batch, anchored.number, anchored.leaf, anchored.anchor.root, block.number, block.hash])
      assert.equal(provenance['recorded'], anchored.anchor.at.toISOString())
      fates.push(fate.kind)
      assert.equal(within(provenance, 'urn:aegle:fate', 'kind'), fate.kind)
      const [target] = provenance['target'] as { reference: string }[]
      const { resource } = entries.find(({ fullUrl }) => fullUrl === target!.reference) ?? {}
      if (fate.kind === 'superseded') {
        assert.deepEqual([within(provenance, 'urn:aegle:fate', 'by-batch'), within(provenance, 'urn:aegle:fate', 'by-number')], [fate.by.batch, fate.by.number])
        assert.equal((resource?.['valueQuantity'] as { value: number }).value, 71)
      }
    }
    assert.deepEqual(fates.sort(), ['current', 'current', 'current', 'current', 'superseded'])
  })

  it('names the record that the indexer has changed, and exports the others', async () => {
    const { hits } = await search(aegle, { by: ana, domain: world.domain, query: 'glucose' })
    const record = hits[0]!.record
    const changes: Changes = { bytes: (path, body) => (path.startsWith(`/v1/ciphertexts/${record}`) ? Buffer.concat([Buffer.from([body[0]! ^ 1]), body.subarray(1)]) : body) }
    const { entries, summary } = await by(changes, bundle)
    assert.deepEqual([summary.records, summary.leftOut.length], [4, 1])
    assert.deepEqual([summary.leftOut[0]?.record, summary.leftOut[0]?.reason], [record, 'false-answer'])
    const last = entries.at(-1)?.resource
    assert(last?.resourceType === 'OperationOutcome')
    const [first, issue] = last['issue'] as { severity: string; code: string; diagnostics: string }[]
    assert.match(first!.diagnostics, /^4 records .*, and 1 left out; the indexer has proved that no other of the types of FHIR R4 is found$/)
    assert.deepEqual([issue?.severity, issue?.code], ['error', 'security'])
    assert(issue?.diagnostics.includes(record))
  })

  it('notices an indexer that keeps a record back', async () => {
    const changes: Changes = {
      answer: (path, body) => {
        if (path !== '/v1/search') return body
        const answer = JSON.parse(body) as { hits: unknown[] }
        answer.hits.pop()
        return JSON.stringify(answer)
      },
    }
    const error = await by(changes, (changed) => failure(all(exportRecords(changed, own()))))
    assert.deepEqual([error.code, error.tampering], ['false-answer', true])
  })

  it('names what a reader finds and may not open', async () => {
    await breakGlass(aegle, { by: mia, patient: ana.account.id, reason: 1, why: 'unconscious in the emergency room' })
    const asked = { by: mia, patient: ana.account.id, domain: world.domain, purpose: 'BTG' as const }
    const { given, returned } = await all(exportRecords(aegle, asked))
    assert.equal(given.length, 5)
    assert.deepEqual(given.map((one) => one.kind === 'left-out' && one.reason), Array.from({ length: 5 }, () => 'not-permitted'))
    assert.deepEqual([returned.records, returned.leftOut.length, returned.complete], [0, 5, false])
  })

  it('takes no record of another patient whom the reader may read, too', async () => {
    const ben = generatePatient(generateAccount())
    await world.fund(ben.account.id)
    await publishKeys(aegle, { of: ben })
    await world.ingest(await createCard(aegle, { patient: ben, custodian: world.hospital }), [{ ...glucose, id: 'glucose-of-ben' }])
    const until = new Date(Date.now() + DAY_MS)
    for (const patient of [ana, ben]) await grant(aegle, { patient, to: mia.account.id, purposes: ['ETREAT'], classes: ['laboratory'], until })
    const asked = { by: mia, domain: world.domain, purpose: 'ETREAT' as const, query: 'glucose' }
    const { hits } = await search(aegle, { ...asked, patient: ben.account.id })
    const [theirs] = hits
    assert(theirs)
    await open(aegle, { by: mia, record: theirs.record, purpose: 'ETREAT' })
    const swapped = (whole: boolean): Changes => ({
      answer: (path, body) => {
        if (path !== '/v1/search') return body
        const answer = JSON.parse(body) as { hits: Record<string, unknown>[] }
        const { batch, number, record, patient } = theirs
        return JSON.stringify({ ...answer, hits: answer.hits.map((hit) => ({ ...hit, batch, number, record, ...(whole ? { patient } : {}) })) })
      },
    })
    const exported = (changed: Aegle) => all(exportRecords(changed, { ...asked, patient: ana.account.id }))
    const { given, returned } = await by(swapped(false), exported)
    assert.deepEqual(given.map((one) => one.kind === 'left-out' && one.reason), ['false-answer'])
    assert.equal(returned.records, 0)
    const error = await by(swapped(true), (changed) => failure(exported(changed), 'false-answer'))
    assert(error.tampering)
  })

  it('exports to a reader what was granted', async () => {
    const until = new Date(Date.now() + DAY_MS)
    const { grant: number } = await grant(aegle, { patient: ana, to: mia.account.id, purposes: ['TREAT'], classes: ['laboratory'], until })
    const { given } = await all(exportRecords(aegle, { by: mia, patient: ana.account.id, domain: world.domain }))
    const opened = given.map((one) => one.kind === 'record' && one.opened.grant)
    assert.deepEqual(opened, [number, number, number])
  })

  it('tells how far it is, and stops where its caller stops', async () => {
    const told: [number, number][] = []
    const records = exportRecords(aegle, { ...own(), onProgress: ({ done, all, unit }) => unit === 'records' && told.push([done, all]) })
    const taken: ExportedRecord[] = []
    for await (const one of records) if (taken.push(one) === 2) break
    assert.deepEqual(told, [[1, 5], [2, 5]])
    const patience = new AbortController()
    const ended = all(exportBundle(aegle, { ...own(), signal: patience.signal, onProgress: () => patience.abort(new Error('enough')) }))
    assert.equal((await failure(ended)).code, 'aborted')
  })

  it('knows every type of FHIR R4, so that none is left unproved', () => {
    assert.deepEqual(resourceTypes, typesOfFhir)
  })

  it('takes for FHIR what says so and is so', () => {
    const one = (mediaType: string, text: string) => isFhir({ mediaType, json: () => JSON.parse(text) as unknown })
    assert(one('application/fhir+json', '{"resourceType":"Patient"}'))
    assert(one('application/fhir+json; fhirVersion=4.0', '{"resourceType":"Patient"}'))
    for (const [mediaType, text] of [['application/dicom', '{"resourceType":"Patient"}'], ['application/fhir+json', '{"resourceType":'], ['application/fhir+json', 'null'], ['application/fhir+json', '[]']] as const) {
      assert(!one(mediaType, text), `${mediaType} ${text}`)
    }
  })
})
