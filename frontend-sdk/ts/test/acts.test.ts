import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Aegle,
  approve,
  breakGlass,
  connect,
  count,
  decline,
  delegate,
  developmentAccount,
  generateAccount,
  generatePatient,
  generateReader,
  grant,
  grants,
  guardianAct,
  guardians,
  nameOrganisation,
  type Patient,
  proposals,
  publishKeys,
  type Reader,
  register,
  request,
  requests,
  revoke,
  setGuardians,
  undelegate,
  vote,
  withdraw,
  withdrawRequest,
} from '@aegle/sdk'
import { failure } from './failure.ts'
import { World } from './world.ts'

const DAY_MS = 24 * 3_600_000
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS)

describe('acts on chain', () => {
  let world: World
  let aegle: Aegle
  let ana: Patient
  let mia: Reader
  let tom: Reader

  before(async () => {
    world = await World.start()
    aegle = await connect(await world.where())
    ana = generatePatient(generateAccount())
    mia = generateReader(generateAccount())
    tom = generateReader(generateAccount())
    for (const { account } of [ana, mia, tom]) await world.fund(account.id)
    for (const { account } of [mia, tom]) await world.clinician(account.id)
    for (const somebody of [ana, mia]) await publishKeys(aegle, { of: somebody })
  })

  after(async () => {
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  it('registers a patient once', async () => {
    assert((await register(aegle, { as: ana })).block > 0)
    const error = await failure(register(aegle, { as: ana }), 'contract-refused')
    assert.equal(error.shortMessage, 'the account is registered as a patient already')
    assert.equal(error.details['reason'], 'AlreadyRegistered')
  })

  it('names who may vouch for a patient, and nobody, and no organisation that there is not', async () => {
    const before = Date.now()
    const { block, named } = await nameOrganisation(aegle, { as: ana, organisation: 1 })
    assert(block > 0 && named !== null && named.until.getTime() > before)
    assert.deepEqual([named.organisation, named.jurisdiction], [1, null], 'the hospital is in no jurisdiction')
    const nobody = await nameOrganisation(aegle, { as: ana, organisation: null, patient: ana.account.id })
    assert.equal(nobody.named, null)
    const name = (more: object) => nameOrganisation(aegle, { as: ana, organisation: 1, ...more })
    for (const [more, reason, says] of [
      [{ organisation: 99 }, 'UnknownOrganisation', /lists them/],
      [{ jurisdiction: 1 }, 'OtherJurisdiction', /is not in the jurisdiction that was named with it/],
      [{ until: inDays(31) }, 'InvalidEnd', /30 days from now at most/],
      [{ until: new Date(1_000) }, 'InvalidEnd', /a time that is to come/],
    ] as const) {
      const refused = await failure(name(more), 'contract-refused')
      assert.equal(refused.details['reason'], reason)
      assert.match(refused.shortMessage, says)
    }
    const other = await failure(
      nameOrganisation(aegle, { as: mia, organisation: 1, patient: ana.account.id }),
      'contract-refused',
    )
    assert.equal(other.details['reason'], 'NotController')
    await failure(nameOrganisation(aegle, { as: ana, organisation: 1.5 }), 'argument')
    await failure(register(aegle, { as: tom, organisation: 99 }), 'contract-refused')
    await failure(register(aegle, { as: tom, organisation: 1, jurisdiction: 1 }), 'contract-refused')
    const until = inDays(3)
    assert.deepEqual((await register(aegle, { as: tom, organisation: 1, until })).named, {
      organisation: 1,
      jurisdiction: null,
      until,
    })
  })

  it('asks, is listed on both sides, and takes it back', async () => {
    const asked = await request(aegle, { by: mia, patient: ana.account.id, until: inDays(7), why: 'a cough' })
    assert(asked.expires.getTime() > Date.now())
    const [to] = (await requests(aegle, { of: ana })).requests
    const [by] = (await requests(aegle, { of: mia })).requests
    assert.deepEqual([to?.requester, to?.everything, to?.purposes, to?.expired], [mia.account.id, true, ['TREAT'], false])
    assert(to?.classes?.includes('genetics'), 'the patient knows what everything is')
    assert.deepEqual([by?.patient, by?.classes], [ana.account.id, undefined])
    await withdrawRequest(aegle, { by: mia, patient: ana.account.id })
    const { requests: open, source } = await requests(aegle, { of: ana })
    assert.deepEqual(open, [])
    assert(source.firstBlock > 0 && source.lastBlock >= source.firstBlock && source.at.getTime() > 0)
  })

  it('asks nothing for a purpose that does not fit the role, nor without a reason', async () => {
    const wish = { by: mia, patient: ana.account.id, until: inDays(7), why: 'a trial' }
    const error = await failure(request(aegle, { ...wish, purposes: ['HRESCH'] }), 'no-role')
    assert.match(error.shortMessage, /is clinician of organisation 1, which does not fit/)
    assert.equal(error.details['account'], mia.account.id)
    assert.match((await failure(request(aegle, { ...wish, why: '' }), 'argument')).shortMessage, /0 bytes, and 1 to 4096/)
    assert.match((await failure(request(aegle, { ...wish, why: 'x'.repeat(4_097) }), 'argument')).shortMessage, /4097 bytes/)
  })

  it('approves no more than was asked, and by the request’s own note alone', async () => {
    const wish = { by: mia, patient: ana.account.id, classes: ['laboratory'] as const, until: inDays(7), why: 'a cough' }
    const { note } = await request(aegle, wish)
    const answer = { patient: ana, requester: mia.account.id }
    const error = await failure(approve(aegle, { ...answer, note: { ...note, why: 'a cold' } }), 'other-note')
    assert.equal(error.tampering, true)
    await failure(approve(aegle, { ...answer, note, until: inDays(8) }), 'argument')
    await failure(approve(aegle, { ...answer, note, purposes: ['HPAYMT'] }), 'argument')
    const until = inDays(2)
    const { grant: number } = await approve(aegle, { ...answer, note, until })
    const [given] = (await grants(aegle, { of: ana })).grants
    assert.deepEqual([given?.grant, given?.classes, given?.until.getTime()], [number, ['laboratory'], until.getTime()])
    assert.match((await failure(approve(aegle, answer), 'not-open')).shortMessage, /has no request open/)
  })

  it('revokes by number alone, and says so where there is nothing', async () => {
    const [given] = (await grants(aegle, { of: ana })).grants
    assert(given)
    await revoke(aegle, { patient: ana, grant: given.grant })
    assert.deepEqual((await grants(aegle, { of: ana })).grants, [])
    assert.equal((await failure(revoke(aegle, { patient: ana, grant: 99 }), 'argument')).shortMessage, 'the patient has given no grant 99')
  })

  it('declines once', async () => {
    await request(aegle, { by: mia, patient: ana.account.id, until: inDays(7), why: 'a cough' })
    await decline(aegle, { patient: ana, requester: mia.account.id })
    const error = await failure(decline(aegle, { patient: ana, requester: mia.account.id }), 'contract-refused')
    assert.match(error.shortMessage, /no such request/)
  })

  it('passes on what may be passed on, and takes it back', async () => {
    const terms = { patient: ana, to: mia.account.id, purposes: ['TREAT'] as const, until: inDays(9) }
    const fixed = await grant(aegle, terms)
    const loose = await grant(aegle, { ...terms, delegable: true })
    const part = { by: mia, patient: ana.account.id, to: tom.account.id }
    await failure(delegate(aegle, { ...part, grant: fixed.grant }), 'denied')
    await failure(delegate(aegle, { ...part, grant: 99 }), 'denied')
    const passed = await delegate(aegle, { ...part, grant: loose.grant, until: inDays(1) })
    const held = await grants(aegle, { of: tom, patient: ana.account.id })
    assert.deepEqual([held.problem, held.grants.map(({ grant }) => grant)], [undefined, [passed.grant]])
    assert.equal(held.grants[0]?.classes, undefined)
    await undelegate(aegle, { by: mia, patient: ana.account.id, grant: passed.grant, to: tom.account.id })
    assert.deepEqual((await grants(aegle, { of: tom, patient: ana.account.id })).grants, [])
    await failure(grants(aegle, { of: tom }), 'argument')
  })

  it('breaks the glass as a clinician alone, and not twice at once', async () => {
    const glass = { patient: ana.account.id, reason: 1, why: 'unconscious' }
    const broken = await breakGlass(aegle, { ...glass, by: tom })
    assert(broken.openedAt < broken.until && broken.until < broken.reviewBy)
    const again = await failure(breakGlass(aegle, { ...glass, by: tom }), 'contract-refused')
    assert.equal(again.shortMessage, 'the clinician has emergency access to this patient already')
    await failure(breakGlass(aegle, { ...glass, by: ana }), 'no-role')
  })

  it('lets guardians act together, and nobody else', async () => {
    const [mother, father] = [generateAccount(), generateAccount()]
    for (const { id } of [mother, father]) await world.fund(id)
    const until = inDays(365)
    await setGuardians(aegle, { patient: ana, guardians: [mother.address, father.address], until })
    const deed = { act: 'deny', purposes: ['TREAT'], until: inDays(30) } as const
    const begun = await guardianAct(aegle, { by: mother, patient: ana.account.id, deed })
    assert.deepEqual([begun.done, begun.votes, begun.threshold], [false, 1, 2])
    const shown = await guardians(aegle, { of: ana.account.id })
    assert.deepEqual([shown.accounts, shown.threshold, shown.ended], [[mother.id, father.id], 2, false])
    assert.deepEqual(shown.begun.map(({ votes }) => votes), [[mother.id]])
    const joined = await guardianAct(aegle, { by: father, patient: ana.account.id, deed: { act: 'join', call: begun.call } })
    assert.deepEqual([joined.done, joined.votes], [true, null])
    assert((await grants(aegle, { of: ana })).grants.some(({ effect }) => effect === 'deny'))
    const error = await failure(guardianAct(aegle, { by: tom, patient: ana.account.id, deed }), 'no-role')
    assert.equal(error.details['account'], tom.account.id)
    const wrong = guardianAct(aegle, { by: mother, patient: ana.account.id, deed: { act: 'join', call: '0x12' } })
    await failure(wrong, 'argument')
  })

  it('votes for what the committee is asked, and withdraws it', async () => {
    using alice = developmentAccount('Alice')
    using bob = developmentAccount('Bob')
    const members = [alice.id, bob.id].flatMap((member) => ['--member', member])
    await world.aegle('--development', 'Alice', 'consortium', 'rotate', ...members, '--threshold', '2')
    // One member is enough, and it waits: for the time lock, and for the new member.
    const [open] = (await proposals(aegle)).proposals
    assert.deepEqual([open?.state, open?.votes, open?.threshold, open?.missing], ['enough', 1, 1, []])
    assert.match(open?.sentence ?? '', /committee/)
    const number = open?.proposal ?? 0
    await failure(vote(aegle, { by: tom, proposal: number }), 'no-role')
    const voted = await vote(aegle, { by: alice, proposal: number })
    assert.deepEqual([voted.done, voted.unaccepted, voted.receipts], [false, [bob.id], []])
    assert((voted.notBefore ?? 0) > Date.now())
    await failure(withdraw(aegle, { by: bob, proposal: number }), 'contract-refused')
    await withdraw(aegle, { by: alice, proposal: number })
    assert.deepEqual((await proposals(aegle)).proposals, [])
    assert.equal((await failure(vote(aegle, { by: alice, proposal: number }), 'not-open')).details['proposal'], number)
  })

  it('counts for nobody without a role', async () => {
    const question = { domain: world.domain, query: 'glucose', use: 'health' as const }
    await failure(count(aegle, { ...question, by: tom, attested: ['NOPE'] }), 'argument')
    await failure(count(aegle, { ...question, by: tom, groups: ['glucose OR potassium'] }), 'argument')
    await failure(count(aegle, { ...question, by: tom, query: '(' }), 'query')
    await failure(count(aegle, { ...question, by: tom }), 'no-batch')
  })

  it('tells how far a list is, reads no block twice, and ends when the caller gives up', async () => {
    const fresh = await connect(await world.where())
    const told: number[] = []
    const onProgress = ({ done, all }: { done: number; all: number }) => {
      told.push(done)
      assert(done <= all)
    }
    await grants(fresh, { of: ana, onProgress })
    const blocks = told.at(-1) ?? 0
    assert(blocks > 10 && told.length > 1, `${blocks} blocks`)
    told.length = 0
    await grants(fresh, { of: ana, onProgress })
    assert((told.at(-1) ?? 0) < 5, `${told.at(-1)} blocks anew`)
    const patience = new AbortController()
    const other = await connect(await world.where())
    const listed = grants(other, { of: ana, signal: patience.signal, onProgress: () => patience.abort() })
    await failure(listed, 'aborted')
    for (const connection of [fresh, other]) await connection.disconnect()
  })
})
