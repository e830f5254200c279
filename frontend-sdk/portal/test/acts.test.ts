import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DisclosureEntry, Hex } from '@aegle/sdk'
import { glassesOf } from '../src/chain/glasses.ts'
import type { Grantee, Told } from '../src/chain/history.ts'
import { roleFits } from '../src/chain/roles.ts'
import { actsOf, isDoubtful, isUnknown, prove, proveLog } from '../src/log/acts.ts'
import type { Background } from '../src/log/background.ts'
import { readSettings, SettingsError } from '../src/settings.ts'

const ANN: Hex = `0x${'aa'.repeat(32)}`
const MIA: Hex = `0x${'11'.repeat(32)}`
const TREAT = 1
const RESEARCH = 32
const EMERGENCY = 4
const MINUTE_MS = 60_000

function entry(number: number, more: { requester?: Hex; grant?: number | null; block?: number; purpose?: number; at?: number; record?: string } = {}): DisclosureEntry {
  const { requester = MIA, grant = 1, block = 10, purpose = TREAT, at = number * 1_000, record = `0x${number}` } = more
  const disclosure = { at, block: { hash: '0x', number: block }, grant, kind: 'row' as const, patient: ANN, purpose, record, request: '0x', requester }
  return { disclosure, hash: '0x', number, previous: '0x' }
}

const at = (block: number) => ({ block, at: new Date(block), patient: ANN })
const inForce = { permits: true, from: new Date(0), until: new Date(9_999_999_999) }
const granted: Told = { ...at(5), kind: 'granted', grant: 1, grantee: { account: MIA }, purposes: TREAT, ...inForce }
/** What the chain says of a reader who is nobody in particular. */
const there: Background = { blockHash: '0x' as Hex, organisations: [1], guardian: false, law: false }

describe('the log', () => {
  it('is borne out by what the chain told before', () => {
    const proof = (told: Told[], one = entry(1)) => prove(one, ANN, told, there)
    assert.equal(proof([granted]), 'granted')
    assert.equal(proof([], entry(1, { requester: ANN, grant: null })), 'own')
    assert.equal(proof([]), 'no-grant')
    assert.equal(proof([{ ...granted, block: 11 }]), 'no-grant')
    assert.equal(proof([{ ...granted, patient: MIA }]), 'no-grant')
    assert.equal(proof([{ ...granted, grantee: { account: ANN } }]), 'no-grant')
    assert.equal(proof([{ ...granted, permits: false }]), 'no-grant')
    assert.equal(proof([{ ...granted, from: new Date(1_001) }]), 'no-grant')
    assert.equal(proof([{ ...granted, until: new Date(1_000) }]), 'no-grant')
    assert.equal(proof([{ ...granted, from: new Date(1_000), until: new Date(1_001) }]), 'granted')
    assert.equal(proof([granted], entry(1, { grant: null })), 'no-grant')
    assert.equal(proof([granted], entry(1, { grant: 2 })), 'no-grant')
    assert.equal(proof([granted], entry(1, { purpose: RESEARCH })), 'other-purpose')
    assert.equal(proof([granted, { ...at(8), kind: 'revoked', grant: 1 }]), 'revoked-before')
    assert.equal(proof([granted, { ...at(12), kind: 'revoked', grant: 1 }]), 'granted')
    assert.equal(proof([granted, { ...at(8), kind: 'all-revoked', lastGranted: 1, lastPassedOn: 0 }]), 'revoked-before')
    assert.equal(proof([granted, { ...at(8), kind: 'all-revoked', lastGranted: 0, lastPassedOn: 9 }]), 'granted')
  })

  it('is borne out by an emergency while that is open', () => {
    const openedAt = new Date(1_000)
    const broken: Told = { ...at(5), kind: 'glass-broken', clinician: MIA, openedAt, until: new Date(9_000), reason: 1, reviewBy: new Date(99_000) }
    const proof = (told: Told[], moment = 5_000, more = {}) =>
      prove(entry(1, { grant: null, purpose: EMERGENCY, at: moment, ...more }), ANN, told, there)
    assert.equal(proof([broken]), 'emergency')
    assert.equal(proof([]), 'no-grant')
    assert.equal(proof([broken], 999), 'no-grant')
    assert.equal(proof([broken], 9_000), 'no-grant')
    assert.equal(proof([broken], 5_000, { purpose: TREAT }), 'no-grant')
    assert.equal(proof([{ ...broken, clinician: ANN }]), 'no-grant')
    assert.equal(proof([{ ...broken, patient: MIA }]), 'no-grant')
    assert.equal(proof([{ ...broken, block: 11 }]), 'no-grant')
    const ofRole = (organisations: readonly number[] | undefined) =>
      prove(entry(1, { grant: null, purpose: EMERGENCY, at: 5_000 }), ANN, [broken], { ...there, organisations })
    assert.deepEqual([ofRole([]), ofRole(undefined)], ['no-grant', 'unknown'])
    const asked = (told: Told[], emergency: boolean | undefined) =>
      prove(entry(1, { grant: null, purpose: EMERGENCY, at: 5_000 }), ANN, told, { ...there, emergency })
    assert.deepEqual([asked([], true), asked([broken], false), asked([broken], undefined)], ['emergency', 'no-grant', 'emergency'])
    const closed: Told = { ...at(6), at: new Date(4_000), kind: 'glass-closed', clinician: MIA, openedAt }
    assert.equal(proof([broken, closed]), 'no-grant')
    assert.equal(proof([broken, closed], 3_999), 'emergency')
    assert.equal(proof([broken, { ...closed, openedAt: new Date(2_000) }]), 'emergency')
    const reviewed: Told = { ...closed, kind: 'glass-reviewed', justified: false }
    assert.deepEqual(glassesOf([broken, reviewed], ANN).map(({ until, justified }) => [until.getTime(), justified]), [[4_000, false]])
  })

  it('knows for which organisations somebody worked then', () => {
    const told: Told[] = [{ ...granted, grantee: { organisation: 7 } }]
    const proof = (organisations: readonly number[] | undefined) => prove(entry(1), ANN, told, { ...there, organisations })
    assert.equal(proof([7]), 'granted')
    assert.equal(proof([3, 7]), 'granted')
    assert.equal(proof([8]), 'no-grant')
    assert.equal(proof([]), 'no-grant')
    assert.equal(proof(undefined), 'unknown')
  })

  it('knows whether somebody had a role that fits', () => {
    const proof = (organisations: readonly number[] | undefined, grantee: Grantee) =>
      prove(entry(1), ANN, [{ ...granted, grantee }], { ...there, organisations })
    for (const grantee of [{ account: MIA }, 'anyone'] as const) {
      assert.equal(proof([3], grantee), 'granted')
      assert.equal(proof([], grantee), 'no-grant')
      assert.equal(proof(undefined, grantee), 'unknown')
    }
    assert(roleFits(1, TREAT) && roleFits(1, EMERGENCY) && roleFits(2, RESEARCH) && roleFits(8, 8) && roleFits(4, 16) && roleFits(16, 128))
    assert(!roleFits(2, TREAT) && !roleFits(1, RESEARCH) && !roleFits(255, 64) && !roleFits(255, TREAT | RESEARCH) && !roleFits(0, TREAT))
  })

  it('ends what was passed on with what that came from', () => {
    const JO: Hex = `0x${'22'.repeat(32)}`
    const number = 0x8000_0001
    const source: Told = { ...granted, grantee: { account: JO } }
    const passed: Told = { ...granted, block: 6, kind: 'passed-on', grant: number, parent: 1 }
    const proof = (...told: Told[]) => prove(entry(1, { grant: number }), ANN, told, there)
    assert.equal(proof(source, passed), 'granted')
    assert.equal(proof(passed), 'revoked-before')
    assert.equal(proof(source, passed, { ...at(8), kind: 'revoked', grant: 1 }), 'revoked-before')
    assert.equal(proof(source, passed, { ...at(12), kind: 'revoked', grant: 1 }), 'granted')
    assert.equal(proof({ ...source, until: new Date(1_000) }, passed), 'revoked-before')
    assert.equal(proof(source, passed, { ...at(8), kind: 'all-revoked', lastGranted: 1, lastPassedOn: 0 }), 'revoked-before')
    assert.equal(proof(source, { ...passed, parent: number }), 'revoked-before')
  })

  it('knows guardians and the law, and says so where it cannot know', () => {
    const proof = (more: Partial<Background>) => prove(entry(1, { grant: null }), ANN, [], { ...there, ...more })
    assert.equal(proof({}), 'no-grant')
    assert.equal(proof({ guardian: true }), 'guardian')
    assert.equal(proof({ law: true }), 'law')
    assert.equal(proof({ guardian: undefined }), 'unknown')
    assert.equal(proof({ law: undefined }), 'unknown')
    assert.equal(proof({ guardian: undefined, law: true }), 'law')
    assert.equal(proof({ law: true, organisations: [] }), 'no-grant')
    assert.equal(proof({ law: true, organisations: undefined }), 'unknown')
    assert.equal(proof({ guardian: true, organisations: [] }), 'guardian')
    const transform = entry(1, { grant: null })
    const opened = { ...transform, disclosure: { ...transform.disclosure, kind: 'transform' as const } }
    assert.equal(prove(opened, ANN, [], { ...there, law: true }), 'no-grant')
    const toAll = (more: object): Told => ({ ...granted, grantee: 'anyone', ...more })
    const after = (one: Told) => prove(transform, ANN, [one], { ...there, law: true })
    assert.equal(after({ ...at(8), kind: 'all-revoked', lastGranted: 0, lastPassedOn: 0 }), 'no-grant')
    assert.equal(after(toAll({})), 'no-grant')
    assert.equal(after(toAll({ permits: false })), 'no-grant')
    assert.equal(after(toAll({ permits: false, purposes: RESEARCH })), 'law')
    assert.equal(after(toAll({ purposes: RESEARCH })), 'law')
    assert.equal(after(toAll({ block: 11 })), 'law')
    assert.equal(after(toAll({ patient: MIA })), 'law')
    assert.equal(after(granted), 'law')
    const unknown = { proof: proof({ law: undefined }) }
    assert(isUnknown(unknown) && !isDoubtful(unknown))
  })

  it('has blocks that the chain has, which rise', () => {
    const proof = (blockHash: Hex | undefined, told = [granted]) => prove(entry(1), ANN, told, { ...there, blockHash })
    assert.equal(proof('0x'), 'granted')
    assert.equal(proof('0x01'), 'other-block')
    assert.equal(proof(undefined), 'unknown')
    assert.equal(prove(entry(1, { requester: ANN, grant: null }), ANN, [], { blockHash: '0x01' }), 'other-block')
    const log = (...blocks: number[]) => {
      const entries = blocks.map((block, index) => entry(index + 1, { block }))
      return proveLog(MIA, entries, ANN, { told: [granted], through: 100 }, entries.map(() => there)).map((one) => one.proof)
    }
    assert.deepEqual(log(6, 101), ['granted', 'unknown'])
    assert.deepEqual(log(6, 6, 7), ['granted', 'granted', 'granted'])
    assert.deepEqual(log(6, 9, 8, 9), ['granted', 'granted', 'granted', 'granted'])
    assert.deepEqual(log(6, 40, 8, 40), ['granted', 'granted', 'out-of-order', 'granted'])
  })

  it('has a line for what somebody did in one go', () => {
    const entries = [entry(1, { record: '0xa' }), entry(2, { record: '0xa' }), entry(3, { record: '0xb' }), entry(4, { requester: ANN, grant: null }), entry(5, { at: 31 * MINUTE_MS })]
    const proved = proveLog(MIA, entries, ANN, { told: [granted], through: 100 }, entries.map(() => there))
    const acts = actsOf(proved)
    assert.deepEqual(acts.map(({ requester, records, entries: of }) => [requester, records.length, of.length]), [
      [MIA, 1, 1],
      [ANN, 1, 1],
      [MIA, 2, 3],
    ])
    const doubtful = actsOf([...proved.slice(0, 1), { server: MIA, entry: entry(2, { grant: 9 }), proof: 'no-grant' }])
    assert.equal(doubtful.length, 2)
    // What another server has written of the same is no other act.
    const [first] = actsOf([...proved.slice(0, 1), { server: ANN, entry: entry(1, { record: '0xa' }), proof: 'granted' }])
    assert.deepEqual([first?.records.length, first?.entries.length], [1, 2])
  })
})

describe('settings', () => {
  const addresses = { genesis: 'a', consortium: 'b', consent: 'c', ledger: 'd' }
  const settings = { name: 'North', addresses, chain: 'ws://a', indexer: ANN, firstBlock: 1, custodians: [], proxies: [], people: [] }

  it('are taken whole or not at all', () => {
    assert.equal(readSettings(settings).idleMinutes, 15)
    const { proxies: _, ...without } = settings
    assert.deepEqual(readSettings(without).proxies, [])
    for (const [name, wrong] of [['name', ''], ['chain', 1], ['indexer', '0x1'], ['firstBlock', 'x'], ['custodians', {}], ['proxies', [{}]], ['people', [{}]], ['addresses', null], ['idleMinutes', -1], ['listBlocks', 0], ['listBlocks', 100_000]] as const) {
      assert.throws(() => readSettings({ ...settings, [name]: wrong }), SettingsError, name)
    }
    assert.throws(() => readSettings(undefined), SettingsError)
  })
})
