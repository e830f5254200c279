import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Account,
  activatePatient,
  type Aegle,
  connect,
  generateAccount,
  generatePatient,
  invite,
  nameOrganisation,
  organisation,
  type Patient,
  publishKeys,
  readInvitation,
  register,
} from '@aegle/sdk'
import { failure } from './failure.ts'
import { World } from './world.ts'

const DAY_MS = 24 * 3_600_000

describe('an invitation', () => {
  let world: World
  let paying: Aegle
  let relayed: Aegle
  let admin: Account
  let ana: Patient
  let hospital: number

  before(async () => {
    world = await World.start([], 0, ['--relayer-key', './relayer.seed'])
    paying = await connect(await world.where())
    relayed = await connect({ ...(await world.where()), relay: true })
    admin = generateAccount()
    ana = generatePatient(generateAccount())
    for (const id of [admin.id, relayed.relayer!.account]) await world.fund(id)
    hospital = ((await world.addresses()) as unknown as { organisations: { hospital: number } }).organisations.hospital
    const role = ['--account', admin.id, '--role', 'organisation-admin', '--organisation', String(hospital)]
    await world.aegle('--development', 'Alice', 'consortium', 'role', ...role)
  })

  after(async () => {
    await relayed?.disconnect()
    await paying?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  it('is needed where the indexer says so, which a newcomer is told before anything is signed', async () => {
    assert.equal(paying.relayer?.newcomers, 'invited')
    const signed: string[] = []
    const error = await failure(register(relayed, { as: ana, organisation: hospital, onTransaction: (status) => signed.push(status) }), 'relay-refused')
    assert.deepEqual([error.details['reason'], signed], ['not-invited', []])
    assert.match(error.hint, /Ask the organisation that the patient names for an invitation/)
  })

  it('is written by an admin, for one patient at one indexer, and nothing is sent', async () => {
    await failure(invite(paying, { by: generateAccount(), patient: ana.account.id }), 'no-role')
    for (const days of [0, 31, 0.5, NaN]) await failure(invite(paying, { by: admin, patient: ana.account.id, days }), 'argument')
    await failure(invite(paying, { by: admin, patient: 'nobody' }), 'argument')
    await failure(invite(paying, { by: admin, patient: ana.account.id, indexer: 'http://127.0.0.1:1' }), 'unknown-server')
    const before = Date.now()
    const { invitation, ...said } = await invite(paying, { by: admin, patient: ana.account.address, days: 2 })
    assert.deepEqual([said.patient, said.organisation, said.server], [ana.account.id, hospital, paying.indexer.account])
    assert(Math.abs(said.expires.getTime() - before - 2 * DAY_MS) < 3_600_000, String(said.expires))
    assert.deepEqual(readInvitation(relayed, { invitation: ` ${invitation}\n`, patient: ana.account.id }), { invitation, ...said })
  })

  it('is refused before anything is signed where it does not count', async () => {
    const other = generateAccount()
    const { invitation } = await invite(paying, { by: admin, patient: ana.account.id })
    const forged = `${invitation.slice(0, -1)}${invitation.endsWith('0') ? '1' : '0'}`
    const elsewhere = await invite(paying, { by: admin, patient: ana.account.id, indexer: world.custodian })
    for (const [text, patient, reason] of [
      ['an invitation', ana.account.id, 'unreadable'],
      [invitation.slice(0, -2), ana.account.id, 'unreadable'],
      [invitation, other.id, 'other-patient'],
      [forged, ana.account.id, 'signature'],
      [elsewhere.invitation, ana.account.id, 'other-server'],
    ] as const) {
      assert.throws(() => readInvitation(relayed, { invitation: text, patient }), (error: unknown) => {
        const { code, details } = error as { code: string; details: { reason?: string } }
        assert.deepEqual([code, details.reason], ['argument', reason])
        return true
      })
    }
  })

  it('has the indexer pay for who is invited, until the organisation vouches', async () => {
    const { invitation } = await invite(paying, { by: admin, patient: ana.account.id })
    assert((await register(relayed, { as: ana, organisation: hospital, invitation })).block > 0)
    assert((await nameOrganisation(relayed, { as: ana, organisation: hospital, invitation })).block > 0)
    const { patients } = await organisation(paying, { organisation: hospital, lists: ['patients'] })
    assert.deepEqual(patients.map(({ patient }) => patient), [ana.account.id])
    await activatePatient(paying, { by: admin, patient: ana.account.id })
    await publishKeys(relayed, { of: ana })
  })
})
