import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Aegle, AegleError, type Hex, type Hit, open, openStream, type Reader, type RecordPlace, type SearchPage } from '@aegle/sdk'
import { outcomeText } from '../src/bundle.ts'
import { checkLeftOut } from '../src/actions/exportRecords.ts'
import { checkPage } from '../src/actions/search.ts'
import { failure } from './failure.ts'

const ANA: Hex = `0x${'aa'.repeat(32)}`
const BEN: Hex = `0x${'bb'.repeat(32)}`
const MIB = 1024 * 1024

describe('a page of a search', () => {
  const hit = (batch: number, number: number, patient: Hex = ANA) => ({ batch, number, patient, record: `0x${batch}-${number}` }) as unknown as Hit
  const refused = (page: SearchPage, after?: RecordPlace) => {
    assert.throws(() => checkPage(page, ANA, after), { code: 'false-answer', tampering: true })
  }

  it('has hits of who was searched, the newest batch first, each after the last', () => {
    const next = { batch: 4, number: 0 }
    checkPage({ hits: [] }, ANA, undefined)
    checkPage({ hits: [hit(5, 1), hit(5, 2), hit(4, 0)], next }, ANA, undefined)
    checkPage({ hits: [hit(4, 1), hit(3, 0)] }, ANA, next)
    refused({ hits: [hit(5, 1), hit(5, 2, BEN)] })
    refused({ hits: [hit(5, 1), hit(5, 1)] })
    refused({ hits: [hit(5, 2), hit(5, 1)] })
    refused({ hits: [hit(4, 0), hit(5, 0)] })
  })

  it('ends: it goes on after what came before, with something, and not before its own end', () => {
    const after = { batch: 4, number: 7 }
    refused({ hits: [hit(4, 7)] }, after)
    refused({ hits: [hit(5, 9)] }, after)
    refused({ hits: [], next: { batch: 3, number: 0 } }, after)
    refused({ hits: [hit(4, 8), hit(3, 2)], next: { batch: 4, number: 8 } }, after)
    refused({ hits: [hit(3, 2)], next: after }, after)
    checkPage({ hits: [hit(4, 8), hit(3, 2)], next: { batch: 3, number: 2 } }, ANA, after)
  })
})

describe('a record that is opened', () => {
  /** A reader whose core found a record of somebody, with so long a ciphertext. `asked` is told when that is fetched. */
  const finding = (patient: Hex, ciphertextBytes: number, asked: () => void) => {
    const opening = { facts: () => JSON.stringify({ patient, anchor: { at: 0 } }), segments: () => JSON.stringify({ ciphertextBytes }), free: () => undefined }
    const fetch = () => {
      asked()
      return Promise.reject(new AegleError('service-unreachable', 'nobody is there'))
    }
    return { keys: { begin: () => Promise.resolve(opening), fetch } } as unknown as Reader
  }
  const aegle = { ended: new AbortController().signal } as unknown as Aegle

  it('is of who was asked for, or is refused before its content is fetched', async () => {
    let fetched = 0
    const by = finding(BEN, MIB, () => (fetched += 1))
    for (const opens of [open, openStream]) {
      const error = await failure(opens(aegle, { by, record: '0x01', patient: ANA }), 'false-answer')
      assert(error.tampering && error.shortMessage.includes(BEN) && error.shortMessage.includes(ANA), error.shortMessage)
    }
    assert.equal(fetched, 0)
    await failure(open(aegle, { by, record: '0x01', patient: BEN }), 'service-unreachable')
    assert.equal(fetched, 1)
    await failure(open(aegle, { by, record: '0x01', patient: 'nobody' }), 'argument')
  })

  it('is held in memory up to 256 MiB, and what is larger is for openStream', async () => {
    let fetched = 0
    const by = (bytes: number) => ({ by: finding(ANA, bytes, () => (fetched += 1)), record: '0x01' })
    const error = await failure(open(aegle, by(256 * MIB + 1)), 'limit')
    assert.match(error.shortMessage, /has 268435457 bytes, and 268435456 at most are held in memory: open it with openStream$/)
    assert.equal(fetched, 0)
    await failure(open(aegle, by(256 * MIB)), 'service-unreachable')
    await failure(openStream(aegle, by(1024 * MIB)), 'service-unreachable')
    assert.equal(fetched, 2)
  })
})

describe('an export', () => {
  it('says of what it is proved that no other is found', () => {
    const proved = (query: string | undefined, complete: boolean) => outcomeText({ domain: 1, query, records: 2, bytes: 9, leftOut: [], complete })
    assert.match(proved(undefined, true), /has proved that no other of the types of FHIR R4 is found"/)
    assert.match(proved('glucose', true), /by the query glucose, and 0 left out; the indexer has proved that no other is found"/)
    assert.match(proved(undefined, false), /that no other is found is not proved"/)
  })

  it('leaves 10,000 out at most', () => {
    checkLeftOut(10_000)
    assert.throws(() => checkLeftOut(10_001), { code: 'limit' })
  })
})
