import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Account,
  type Aegle,
  cancelErasure,
  connect,
  createCard,
  erase,
  erasures,
  generateAccount,
  generatePatient,
  type Patient,
  publishKeys,
  search,
  secondErasure,
  verify,
} from '@aegle/sdk'
import { failure } from './failure.ts'
import { potassium } from './records.ts'
import { World } from './world.ts'

const HOUR_MS = 3_600_000
/** How long the indexer may need to follow the chain. */
const LIMIT_MS = 20_000

describe('erasing records', () => {
  let world: World
  let aegle: Aegle
  let ana: Patient
  let admin: Account
  let other: Account
  let record: string
  let batch: number
  let number: number

  const found = async () => (await search(aegle, { by: ana, domain: world.domain, query: 'type:Observation' })).hits.map((hit) => hit.record)

  /** Waits until so many records are shown to the patient. */
  async function shows(records: number): Promise<void> {
    const end = Date.now() + LIMIT_MS
    for (;;) {
      const shown = await found()
      if (shown.length === records) return
      if (Date.now() > end) assert.equal(shown.length, records)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  const ask = async () => await erase(aegle, { by: admin, domain: world.domain, batch, numbers: [number], reason: 'patient-request' })

  before(async () => {
    world = await World.start()
    aegle = await connect(await world.where())
    const { organisations } = (await world.addresses()) as unknown as { organisations: { hospital: number } }
    ;[ana, admin, other] = [generatePatient(generateAccount()), generateAccount(), generateAccount()]
    for (const { id } of [ana.account, admin, other]) await world.fund(id)
    for (const { id } of [admin, other]) {
      const role = ['--account', id, '--role', 'organisation-admin', '--organisation', String(organisations.hospital)]
      await world.aegle('--development', 'Alice', 'consortium', 'role', ...role)
    }
    await publishKeys(aegle, { of: ana })
    const card = await createCard(aegle, { patient: ana, custodian: world.hospital })
    await world.ingest(card, [potassium('one', '2026-03-05', 4.1), potassium('two', '2026-03-06', 4.2)])
    record = (await found())[0]!
    ;({ batch, number } = (await verify(aegle, { by: ana, record })).anchored!)
  })

  after(async () => {
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  it('is asked for once, listed, and shown until a second one asks for it', async () => {
    const [asked, ...more] = await ask()
    assert.deepEqual(more, [])
    assert.deepEqual(asked?.numbers, [number])
    assert(asked.finalAt!.getTime() > Date.now() + HOUR_MS, `${asked.finalAt}`)
    assert(asked.receipt.block > 0)
    assert.deepEqual(await ask(), [], 'what is asked for already is left out')
    const [listed, ...others] = await erasures(aegle, { domain: world.domain })
    assert.deepEqual(others, [])
    const { finalAt, requestedBy, ...facts } = listed!
    assert.deepEqual(facts, { erasure: asked.erasure, batch, numbers: [number], reason: 'patient-request', secondedBy: null, final: false })
    assert.deepEqual([finalAt, requestedBy], [asked.finalAt, admin.id])
    await shows(2)
  })

  it('hides a patient’s own records once they ask for it too, until it is called off', async () => {
    const [waiting] = await erasures(aegle, { domain: world.domain })
    const { erasure } = waiting!
    await secondErasure(aegle, { by: ana.account, domain: world.domain, erasure })
    await shows(1)
    assert(!(await found()).includes(record))
    // It is no second admin’s voice.
    assert.equal((await erasures(aegle, { domain: world.domain }))[0]?.secondedBy, null)
    assert((await cancelErasure(aegle, { by: admin, domain: world.domain, erasure })).block > 0)
    assert.deepEqual(await erasures(aegle, { domain: world.domain }), [])
    await shows(2)
  })

  it('hides records once a second admin asks for it too, who alone calls it off then', async () => {
    const [asked] = await ask()
    const { erasure } = asked!
    const same = await failure(secondErasure(aegle, { by: admin, domain: world.domain, erasure }), 'contract-refused')
    assert.equal(same.details['reason'], 'NotAnother')
    await secondErasure(aegle, { by: other, domain: world.domain, erasure })
    await shows(1)
    assert.equal((await erasures(aegle, { domain: world.domain }))[0]?.secondedBy, other.id)
    const alone = await failure(cancelErasure(aegle, { by: admin, domain: world.domain, erasure }), 'contract-refused')
    assert.equal(alone.details['reason'], 'NotAnother')
    await cancelErasure(aegle, { by: other, domain: world.domain, erasure })
    await shows(2)
  })

  it('is refused to everybody else, and where nothing has that name', async () => {
    const wish = { domain: world.domain, batch, numbers: [number], reason: 'unlawful' } as const
    const stranger = await failure(erase(aegle, { ...wish, by: ana.account }), 'contract-refused')
    assert.equal(stranger.details['reason'], 'NotCustodian')
    const none = await failure(cancelErasure(aegle, { by: admin, domain: world.domain, erasure: 1_000 }), 'contract-refused')
    assert.equal(none.details['reason'], 'UnknownErasure')
    for (const numbers of [[-1], [65_536], [0.5], [NaN]]) await failure(erase(aegle, { ...wish, by: admin, numbers }), 'argument')
    const ground = await failure(erase(aegle, { ...wish, by: admin, reason: 'because' as 'unlawful' }), 'argument')
    assert.match(ground.shortMessage, /retention-ended, patient-request/)
    await failure(erasures(aegle, { domain: world.domain, last: 1_001 }), 'argument')
    assert.deepEqual(await erasures(aegle, { domain: world.domain }), [])
    await shows(2)
  })
})
