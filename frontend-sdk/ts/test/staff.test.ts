import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Account,
  type Aegle,
  activatePatient,
  appoint,
  breakGlass,
  connect,
  dismiss,
  generateAccount,
  generatePatient,
  nameOrganisation,
  newSalt,
  organisation,
  type Patient,
  readNote,
  register,
  request,
  review,
  withdrawRequest,
} from '@aegle/sdk'
import { failure } from './failure.ts'
import { World } from './world.ts'

const DAY_MS = 24 * 3_600_000
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS)

describe('what an organisation’s admin does', () => {
  let world: World
  let aegle: Aegle
  let admin: Account
  let hospital: number
  let ana: Patient
  let [mia, tom]: Account[] = []

  const listed = async () => await organisation(aegle, { organisation: hospital })
  const rolesOf = async (account: Account | undefined) => (await listed()).people.find((one) => one.account === account?.id)

  before(async () => {
    world = await World.start()
    aegle = await connect(await world.where())
    admin = generateAccount()
    ana = generatePatient(generateAccount())
    ;[mia, tom] = [generateAccount(), generateAccount()]
    for (const { id } of [admin, ana.account, mia, tom]) await world.fund(id)
    const { organisations } = (await world.addresses()) as unknown as { organisations: { hospital: number } }
    hospital = organisations.hospital
    const role = ['--account', admin.id, '--role', 'organisation-admin', '--organisation', String(hospital)]
    await world.aegle('--development', 'Alice', 'consortium', 'role', ...role)
  })

  after(async () => {
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  it('appoints more people than one transaction takes, and lists what they have', async () => {
    const many = Array.from({ length: 64 }, () => generateAccount())
    const until = inDays(30)
    const receipts = await appoint(aegle, { by: admin, accounts: [...many.map(({ id }) => id), mia!.address], roles: ['clinician'], until })
    assert.deepEqual(receipts.map(({ block }) => block > 0), [true, true])
    const { people, source } = await listed()
    const last = people.find(({ account }) => account === mia?.id)
    assert.deepEqual([last?.roles, last?.until.getTime(), last?.offered, last?.counts], [['clinician'], until.getTime(), false, true])
    assert(many.every(({ id }) => people.some(({ account, counts }) => account === id && counts)))
    assert.deepEqual(people.find(({ account }) => account === admin.id)?.roles, ['organisation-admin'])
    // The first admin of an organisation is one for good.
    const founder = people.find(({ account }) => account === world.hospital)
    assert.deepEqual([founder?.roles, founder?.counts, founder?.until.getTime()], [['organisation-admin'], true, 8_640_000_000_000_000])
    assert(source.lastBlock >= (receipts[1]?.block ?? Infinity))
    assert.equal((await organisation(aegle, { organisation: 99 })).people.length, 0)
  })

  it('says for how many it was done before one was refused, and does none of that transaction', async () => {
    const more = Array.from({ length: 64 }, () => generateAccount().id)
    const wish = { by: admin, roles: ['researcher'] as const, until: inDays(30) }
    // The committee made the admin what they are, so that no admin unmakes it.
    const error = await failure(appoint(aegle, { ...wish, accounts: [...more, tom!.id, admin.id] }), 'contract-refused')
    assert.deepEqual([error.details['reason'], error.details['done'], error.details['all']], ['NotYours', 64, 66])
    assert.equal(await rolesOf(tom), undefined)
    const { people } = await listed()
    assert(more.every((id) => people.some(({ account }) => account === id)))
  })

  it('gives no role that is not an organisation’s to give, to nobody, or as no admin', async () => {
    const wish = { by: admin, accounts: [tom!.id], roles: ['clinician'] as const, until: inDays(30) }
    await failure(appoint(aegle, { ...wish, roles: ['insurer'] }), 'argument')
    await failure(appoint(aegle, { ...wish, roles: [] }), 'argument')
    await failure(appoint(aegle, { ...wish, roles: ['surgeon' as 'clinician'] }), 'argument')
    await failure(appoint(aegle, { ...wish, accounts: [] }), 'argument')
    await failure(appoint(aegle, { ...wish, accounts: ['nobody'] }), 'argument')
    const over = await failure(appoint(aegle, { ...wish, until: new Date(1_000) }), 'contract-refused')
    assert.equal(over.details['reason'], 'RoleEndsInThePast')
    const other = await failure(appoint(aegle, { ...wish, by: mia! }), 'contract-refused')
    assert.equal(other.details['reason'], 'NotAdmin')
  })

  it('dismisses, once', async () => {
    await appoint(aegle, { by: admin, accounts: [tom!.id], roles: ['clinician'], until: inDays(30) })
    assert.equal((await rolesOf(tom))?.counts, true)
    const receipts = await dismiss(aegle, { by: admin, accounts: [tom!.address] })
    assert.equal(receipts.length, 1)
    assert.equal(await rolesOf(tom), undefined)
    const error = await failure(dismiss(aegle, { by: admin, accounts: [tom!.id] }), 'contract-refused')
    assert.deepEqual([error.details['reason'], error.details['done']], ['NoRole', 0])
  })

  it('vouches for a patient who named the organisation, who waits no longer then', async () => {
    await register(aegle, { as: ana })
    assert.deepEqual((await listed()).patients, [])
    const early = await failure(activatePatient(aegle, { by: admin, patient: ana.account.id }), 'contract-refused')
    assert.equal(early.details['reason'], 'NotChosen')
    await nameOrganisation(aegle, { as: ana, organisation: hospital })
    const [waiting] = (await listed()).patients
    assert.equal(waiting?.patient, ana.account.id)
    assert(waiting && waiting.registeredAt.getTime() > Date.now() - DAY_MS)
    assert((await activatePatient(aegle, { by: admin, patient: ana.account.address })).block > 0)
    assert.deepEqual((await listed()).patients, [])
  })

  it('reviews an emergency once, which waits no longer then', async () => {
    const glass = { patient: ana.account.id, clinician: mia!.id }
    const finding = { ...glass, by: admin, justified: false, why: 'the ward knows of nothing' }
    await failure(review(aegle, finding), 'not-open')
    const { openedAt, reviewBy } = await breakGlass(aegle, { by: mia!, patient: ana.account.id, reason: 1, why: 'unconscious' })
    assert.deepEqual((await listed()).reviews, [{ ...glass, reason: 1, openedAt, reviewBy, overdue: false }])
    await failure(review(aegle, { ...finding, openedAt: new Date(openedAt.getTime() + 1) }), 'not-open')
    const own = await failure(review(aegle, { ...finding, by: mia! }), 'contract-refused')
    assert.equal(own.details['reason'], 'NotReviewer')
    const salt = newSalt()
    const reviewed = await review(aegle, { ...finding, openedAt, salt })
    assert.deepEqual([reviewed.openedAt, reviewed.salt], [openedAt, salt])
    assert.deepEqual((await listed()).reviews, [])
    await failure(review(aegle, finding), 'not-open')
  })

  it('repeats a request with the salt that was kept, and says the salt of one that failed', async () => {
    const salt = newSalt()
    const wish = { by: tom!, patient: ana.account.id, until: inDays(7), classes: ['laboratory'] as const, why: 'a rash', salt }
    await appoint(aegle, { by: admin, accounts: [tom!.id], roles: ['clinician'], until: inDays(30) })
    // The caller leaves as soon as the transaction is on its way: nobody hears what becomes of it.
    const leaving = new AbortController()
    const onTransaction = (status: string) => status === 'sent' && leaving.abort()
    const left = await failure(request(aegle, { ...wish, signal: leaving.signal, onTransaction }), 'aborted')
    assert.equal(left.details['salt'], salt)
    const note = { patient: ana.account.id, requester: tom!.id, why: wish.why, classes: wish.classes, salt }
    const until = Date.now() + 30_000
    while (!(await readNote(aegle, { patient: ana, note }).catch(() => undefined))) {
      if (Date.now() > until) throw new Error('the request is not on chain')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    const again = await failure(request(aegle, wish), 'contract-refused')
    assert.deepEqual([again.details['reason'], again.details['salt']], ['RequestOpen', salt])
    await withdrawRequest(aegle, { by: tom!, patient: ana.account.id })
    assert.deepEqual((await request(aegle, wish)).note, note)
    await withdrawRequest(aegle, { by: tom!, patient: ana.account.id })
    const drawn = await failure(review(aegle, { by: admin, patient: ana.account.id, clinician: tom!.id, justified: true, why: 'x' }), 'not-open')
    assert.match(String(drawn.details['salt']), /^0x[0-9a-f]{64}$/)
    await failure(request(aegle, { ...wish, salt: '0x01' }), 'argument')
  })

  it('shows a patient the reason that a requester handed over, if it is the one on chain', async () => {
    const wish = { by: mia!, patient: ana.account.id, until: inDays(7), classes: ['laboratory'] as const }
    const { note } = await request(aegle, { ...wish, why: 'a cough' })
    assert.deepEqual(await readNote(aegle, { patient: ana, note }), { requester: mia?.id, why: 'a cough', classes: ['laboratory'] })
    for (const changed of [{ why: 'a cold' }, { classes: [] }, { salt: `0x${'1'.repeat(64)}` as const }]) {
      const error = await failure(readNote(aegle, { patient: ana, note: { ...note, ...changed } }), 'other-note')
      assert.equal(error.tampering, true)
    }
    await failure(readNote(aegle, { patient: ana, note: { ...note, requester: tom!.id } }), 'not-open')
  })
})
