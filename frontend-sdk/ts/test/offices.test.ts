import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Account,
  acceptRole,
  type Aegle,
  aggregate,
  appoint,
  type CommitteePlan,
  connect,
  createCard,
  delegate,
  developmentAccount,
  foretell,
  generateAccount,
  generatePatient,
  generateReader,
  grant,
  organisation,
  type Patient,
  proposals,
  propose,
  publishKeys,
  type Reader,
  renounceRole,
  revoke,
} from '@aegle/sdk'
import { failure } from './failure.ts'
import { World } from './world.ts'

const DAY_MS = 24 * 3_600_000
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS)

/** A bill of the patient’s, in euros. */
const bill = (id: string, value: number, status = 'active') => ({
  resourceType: 'Claim',
  id,
  status,
  use: 'claim',
  patient: { reference: 'Patient/17' },
  created: '2026-03-06',
  total: { value, currency: 'EUR' },
})

describe('what insurers, people with several roles and the committee do', () => {
  let world: World
  let aegle: Aegle
  let hospital: number
  let trust: number
  let alice: Account

  before(async () => {
    world = await World.start()
    aegle = await connect(await world.where())
    alice = developmentAccount('Alice')
    const { organisations } = (await world.addresses()) as unknown as { organisations: { hospital: number; trust: number } }
    ;({ hospital, trust } = organisations)
  })

  after(async () => {
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  describe('an insurer', () => {
    let ana: Patient
    let insurer: Reader
    let granted: number

    const added = async (query?: string) =>
      await aggregate(aegle, { by: insurer, patients: [ana.account.id], domain: world.domain, ...(query === undefined ? {} : { query }) })

    before(async () => {
      ana = generatePatient(generateAccount())
      insurer = generateReader(generateAccount())
      for (const { id } of [ana.account, insurer.account]) await world.fund(id)
      const role = ['--account', insurer.account.id, '--role', 'insurer', '--organisation', String(hospital)]
      await world.aegle('--development', 'Alice', 'consortium', 'role', ...role)
      await publishKeys(aegle, { of: ana })
      await publishKeys(aegle, { of: insurer })
      const observation = { resourceType: 'Observation', id: 'sodium', status: 'final', code: { text: 'Sodium' }, subject: { reference: 'Patient/17' } }
      const card = await createCard(aegle, { patient: ana, custodian: world.hospital })
      await world.ingest(card, [bill('visit', 120.1), bill('stay', 2_400), bill('mistaken', 99, 'cancelled'), observation])
    })

    it('adds up nothing of who has granted nothing for payment', async () => {
      const { patients, types, sums, leftOut } = await added()
      assert.deepEqual(patients, [{ patient: ana.account.id, records: 0 }])
      assert.deepEqual([types, sums, leftOut], [[], [], { unasked: [], superseded: 0, notActive: 0, unopened: [], unread: [] }])
    })

    it('adds up what is granted exactly, and says what is left out', async () => {
      const terms = { purposes: ['HPAYMT'], classes: ['financial'], until: inDays(30) } as const
      granted = (await grant(aegle, { patient: ana, to: insurer.account.id, ...terms })).grant
      const begun = new Date()
      const { patients, types, sums, leftOut, at } = await added()
      assert.deepEqual(patients, [{ patient: ana.account.id, records: 2 }])
      assert.deepEqual(types, [{ type: 'Claim', records: 2 }])
      assert.deepEqual(sums, [{ type: 'Claim', category: 'total', currency: 'EUR', amount: '2520.10', count: 2 }])
      assert.deepEqual([leftOut.notActive, leftOut.superseded, leftOut.unopened, leftOut.unread], [1, 0, [], []])
      assert(Math.abs(at.getTime() - begun.getTime()) < DAY_MS)
      assert.deepEqual((await added('type:Observation')).types, [])
    })

    it('adds up nothing where the connection ends before the last record is opened', async () => {
      const other = await connect(await world.where())
      const real = globalThis.fetch
      let unopened = 3
      globalThis.fetch = async (...asked) => {
        if (String(asked[0]).includes('/v1/ciphertexts/') && (unopened -= 1) === 0) await other.disconnect()
        return await real(...asked)
      }
      try {
        await failure(aggregate(other, { by: insurer, patients: [ana.account.id], domain: world.domain }), 'closed')
        assert.equal(unopened, 0)
      } finally {
        globalThis.fetch = real
        await other.disconnect()
      }
    })

    it('says what is wrong with a question', async () => {
      await failure(added('('), 'query')
      const many = Array.from({ length: 1_001 }, () => generateAccount().id)
      const error = await failure(aggregate(aegle, { by: insurer, patients: many, domain: world.domain }), 'limit')
      assert.equal(error.details['most'], 1_000)
      await failure(aggregate(aegle, { by: insurer, patients: ['nobody'], domain: world.domain }), 'argument')
      await failure(aggregate(aegle, { by: insurer, patients: [ana.account.id], domain: 99 }), 'no-domain')
    })

    it('adds up nothing of what was revoked', async () => {
      await revoke(aegle, { patient: ana, grant: granted, from: insurer.account.id })
      const { patients, sums } = await added()
      assert.deepEqual([patients, sums], [[{ patient: ana.account.id, records: 0 }], []])
    })
  })

  it('leaves a patient out of every sum whom nobody could ask about, and says so', async () => {
    const [broad, fallen] = [generatePatient(generateAccount()), generatePatient(generateAccount())]
    const [first, second] = [generateReader(generateAccount()), generateReader(generateAccount())]
    for (const { account } of [broad, fallen, first, second]) await world.fund(account.id)
    for (const { account } of [first, second]) {
      const role = ['--account', account.id, '--role', 'insurer', '--organisation', String(hospital)]
      await world.aegle('--development', 'Alice', 'consortium', 'role', ...role)
    }
    for (const patient of [broad, fallen, first, second]) await publishKeys(aegle, { of: patient })
    const card = await createCard(aegle, { patient: broad, custodian: world.hospital })
    await world.ingest(card, [bill('broad', 12.5)])
    const terms = { purposes: ['HPAYMT'], classes: ['financial'], until: inDays(30) } as const
    await grant(aegle, { patient: broad, to: second.account.id, ...terms })
    const granted = (await grant(aegle, { patient: fallen, to: first.account.id, ...terms, delegable: true })).grant
    const until = inDays(7)
    await delegate(aegle, { by: first.account, patient: fallen.account.id, grant: granted, to: second.account.id, until })
    const patients = [broad.account.id, fallen.account.id]
    const added = async () => await aggregate(aegle, { by: second, patients, domain: world.domain })
    assert.deepEqual((await added()).leftOut.unasked, [])
    // What was passed on falls with what it is a part of, and may have been narrowed by denials: nobody can ask about all of it.
    await revoke(aegle, { patient: fallen, grant: granted, from: first.account.id })
    const { patients: asked, sums, leftOut } = await added()
    assert.deepEqual(asked, [{ patient: broad.account.id, records: 1 }])
    assert.deepEqual(leftOut.unasked, [{ patient: fallen.account.id, reason: 'too-narrow' }])
    assert.deepEqual(sums.map(({ amount }) => amount), ['12.50'])
    await world.keep('second', { account: second.account.exportSeed(), encryption: second.exportSecret() })
    const named = patients.flatMap((patient) => ['--patient', patient])
    const told = await world.aegle('--as', 'second', 'insurer', 'aggregate', '--domain', String(world.domain), '--custodian', world.custodian, ...named)
    assert.match(told, /1 patient left out, not asked about: \S+ \(\S+\): their consent is narrowed too finely/)
    assert.doesNotMatch(told, /nothing that you may open/)
  })

  describe('somebody whom a second organisation wants', () => {
    let mia: Account
    let admin: Account

    const at = async (number: number) =>
      (await organisation(aegle, { organisation: number, lists: ['people'] })).people.filter(({ account }) => account === mia.id)
    const offer = async () => await appoint(aegle, { by: admin, accounts: [mia.id], roles: ['researcher'], until: inDays(30) })

    before(async () => {
      mia = generateAccount()
      admin = generateAccount()
      for (const { id } of [mia, admin]) await world.fund(id)
      await world.clinician(mia.id)
      const role = ['--account', admin.id, '--role', 'organisation-admin', '--organisation', String(trust)]
      await world.aegle('--development', 'Alice', 'consortium', 'role', ...role)
    })

    it('accepts what is offered, and nothing else', async () => {
      const none = await failure(acceptRole(aegle, { by: mia, organisation: trust }), 'contract-refused')
      assert.equal(none.details['reason'], 'NoRole')
      await offer()
      assert.deepEqual((await at(trust)).map(({ offered, counts }) => [offered, counts]), [[true, false]])
      assert((await acceptRole(aegle, { by: mia, organisation: trust })).block > 0)
      assert.deepEqual((await at(trust)).map(({ roles, counts }) => [roles, counts]), [[['researcher'], true]])
    })

    it('gives one role back, and keeps the other; declines; gives back every one', async () => {
      await renounceRole(aegle, { by: mia, organisation: trust })
      assert(!(await at(trust)).some(({ counts }) => counts))
      assert((await at(hospital)).some(({ counts }) => counts))
      await offer()
      await renounceRole(aegle, { by: mia, organisation: trust })
      await failure(acceptRole(aegle, { by: mia, organisation: trust }), 'contract-refused')
      // What is no number is not taken for every organisation, and none for another one.
      for (const organisation of [NaN, -1, 0.5, 2 ** 32 + hospital, undefined as unknown as number]) {
        await failure(renounceRole(aegle, { by: mia, organisation }), 'argument')
        await failure(acceptRole(aegle, { by: mia, organisation }), 'argument')
      }
      assert((await at(hospital)).some(({ counts }) => counts))
      await renounceRole(aegle, { by: mia, organisation: null })
      assert(!(await at(hospital)).some(({ counts }) => counts))
      const error = await failure(renounceRole(aegle, { by: mia, organisation: null }), 'contract-refused')
      assert.equal(error.details['reason'], 'NoRole')
    })
  })

  describe('a member of the committee', () => {
    it('is told what a plan does and when, before anything is sent', async () => {
      const admin = generateAccount().id
      const { sentence, ...others } = await foretell(aegle, { by: alice, plan: { kind: 'admit', admin } })
      assert.match(sentence, /^admit an organisation whose admin is /)
      const now = { open: null, first: 'propose', next: 'carried-out', notBefore: null, votes: 1, threshold: 1, waitsMs: null }
      assert.deepEqual(others, { ...now, openMs: others.openMs })
      assert(others.openMs > 0)
      const locked = await foretell(aegle, { by: alice, plan: { kind: 'residence', patient: admin, jurisdiction: null } })
      assert.deepEqual([/^let the law of no jurisdiction count for /.test(locked.sentence), locked.waitsMs], [true, 48 * 3_600_000])
      assert.deepEqual([locked.first, locked.next, locked.notBefore], ['propose', 'time-lock', null])
      await failure(foretell(aegle, { by: generateAccount(), plan: { kind: 'resume' } }), 'no-role')
      assert.deepEqual((await proposals(aegle)).proposals, [])
      await failure(foretell(aegle, { by: alice, plan: { kind: 'admit', admin: 'nobody' } }), 'argument')
      for (const number of [NaN, -1, 2 ** 32 + hospital, undefined as unknown as number]) {
        for (const plan of [
          { kind: 'dismiss', account: admin, organisation: number },
          { kind: 'place', organisation: hospital, jurisdiction: number },
          { kind: 'residence', patient: admin, jurisdiction: number },
          { kind: 'suspend', organisation: number },
        ] as const) {
          await failure(foretell(aegle, { by: alice, plan }), 'argument')
        }
      }
      await failure(foretell(aegle, { by: alice, plan: { kind: 'dismiss', account: admin } as unknown as CommitteePlan }), 'argument')
      await failure(foretell(aegle, { by: alice, plan: { kind: 'suspend', organisation: null as unknown as number } }), 'argument')
      const role = { kind: 'role', account: admin, organisation: hospital, until: inDays(1) } as const
      await failure(foretell(aegle, { by: alice, plan: { ...role, roles: ['surgeon' as 'clinician'] } }), 'argument')
    })

    it('proposes what takes effect at once, and what waits', async () => {
      const admitted = await propose(aegle, { by: alice, plan: { kind: 'admit', admin: generateAccount().id } })
      assert.deepEqual([admitted.done, admitted.proposal, typeof admitted.admitted], [true, null, 'number'])
      const other = admitted.admitted ?? 0
      for (const kind of ['suspend', 'reinstate'] as const) {
        assert.equal((await propose(aegle, { by: alice, plan: { kind, organisation: other } })).done, true)
      }
      const account = generateAccount().id
      await propose(aegle, { by: alice, plan: { kind: 'role', account, roles: ['auditor'], organisation: other, until: inDays(30) } })
      const people = async () => (await organisation(aegle, { organisation: other, lists: ['people'] })).people.map(({ roles }) => roles.join())
      assert.deepEqual(await people(), ['organisation-admin', 'auditor'])
      await propose(aegle, { by: alice, plan: { kind: 'dismiss', account, organisation: other } })
      assert.deepEqual(await people(), ['organisation-admin'])
      const placing = { kind: 'place', organisation: other, jurisdiction: 3 } as const
      const placed = await propose(aegle, { by: alice, plan: placing })
      assert.deepEqual([placed.done, typeof placed.proposal, (placed.notBefore ?? 0) > Date.now()], [false, 'number', true])
      const waiting = await foretell(aegle, { by: alice, plan: placing })
      const { open, first, next, notBefore } = waiting
      assert.deepEqual([open, first, next, notBefore], [placed.proposal, null, 'time-lock', placed.notBefore])
      await failure(propose(aegle, { by: generateAccount(), plan: { kind: 'resume' } }), 'no-role')
    })
  })

  it('lists of an organisation what is asked for, as far back as is asked for', async () => {
    const whole = await organisation(aegle, { organisation: hospital })
    assert.deepEqual([whole.source.earlierBlocks, whole.source.since, whole.people.length >= 2], [0, null, true])
    const patients = await organisation(aegle, { organisation: hospital, lists: ['patients'] })
    assert.deepEqual([patients.people, patients.reviews], [[], []])
    await using other = await connect(await world.where())
    await failure(organisation(other, { organisation: hospital, newestBlocks: 0 }), 'argument')
    let [read, known] = [0, -1]
    const onProgress = ({ done }: { done: number }) => (read = done)
    for (const newestBlocks of [3, 40, 100_000]) {
      const { people, source } = await organisation(other, { organisation: hospital, newestBlocks, onProgress })
      assert(people.length >= known, `${people.length} people in ${newestBlocks} blocks`)
      known = people.length
      const { earlierBlocks, since, firstBlock, lastBlock } = source
      const all = lastBlock - other.events.first + 1
      assert.equal(lastBlock - firstBlock + 1, Math.min(newestBlocks, all))
      assert.deepEqual([earlierBlocks, since === null], [Math.max(0, all - newestBlocks), newestBlocks >= all])
      // What was read before is not read again.
      assert(read < all, `${read} of ${all} blocks`)
    }
    assert.deepEqual(known, whole.people.length)
    assert.equal((await organisation(other, { organisation: hospital, newestBlocks: 3 })).source.earlierBlocks > 0, true)
    const fromBlock = other.events.begins + 5
    await using cut = await connect({ ...(await world.where()), fromBlock })
    const { source } = await organisation(cut, { organisation: hospital })
    assert.deepEqual([source.firstBlock, source.earlierBlocks, source.since instanceof Date], [fromBlock, 5, true])
    // A later block, which tells nothing of a proposal.
    await world.fund(generateAccount().id)
    const open = (await proposals(other, { newestBlocks: 1 })).proposals
    assert.deepEqual(open.map(({ sentence }) => sentence), [null])
    assert.equal((await proposals(other)).proposals.every(({ sentence }) => sentence !== null), true)
  })
})
