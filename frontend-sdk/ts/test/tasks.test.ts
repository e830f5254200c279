import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import {
  type Aegle,
  connect,
  createCard,
  generateAccount,
  generatePatient,
  generateReader,
  grant,
  grants,
  open,
  type Patient,
  publishKeys,
  type Reader,
  search,
} from '@aegle/sdk'
import { answerRequests } from '../examples/tasks/answerRequests.ts'
import { askForAccess } from '../examples/tasks/askForAccess.ts'
import { emergency } from '../examples/tasks/emergency.ts'
import { endTheEmergency } from '../examples/tasks/endTheEmergency.ts'
import { findHighPotassium } from '../examples/tasks/findHighPotassium.ts'
import { letThemSeeMyLaboratory } from '../examples/tasks/letThemSeeMyLaboratory.ts'
import { parentsActTogether } from '../examples/tasks/parentsActTogether.ts'
import { passItOn } from '../examples/tasks/passItOn.ts'
import { showMyGrants } from '../examples/tasks/showMyGrants.ts'
import { stopEverything } from '../examples/tasks/stopEverything.ts'
import { stopOne } from '../examples/tasks/stopOne.ts'
import { takeMyRecordsHome } from '../examples/tasks/takeMyRecordsHome.ts'
import { whatDidTheyOpen } from '../examples/tasks/whatDidTheyOpen.ts'
import { whatIsProved } from '../examples/tasks/whatIsProved.ts'
import { failure } from './failure.ts'
import { potassium, pulse } from './records.ts'
import { World } from './world.ts'

const tasks = new URL('../examples/tasks/', import.meta.url)
/** The most lines of code that a task takes. */
const MAX_LINES = 15

const records = [
  potassium('high', '2026-03-12', 5.9),
  potassium('usual', '2026-03-20', 4.1),
  potassium('later', '2026-04-02', 6.1),
  pulse,
]

describe('what people want to do', () => {
  let world: World
  let aegle: Aegle
  let ana: Patient
  let mia: Reader
  let tom: Reader
  let domain: number

  before(async () => {
    world = await World.start()
    aegle = await connect(await world.where())
    domain = world.domain
    ana = generatePatient(generateAccount())
    mia = generateReader(generateAccount())
    tom = generateReader(generateAccount())
    for (const { account } of [ana, mia, tom]) await world.fund(account.id)
    for (const { account } of [mia, tom]) await world.clinician(account.id)
    for (const somebody of [ana, mia, tom]) await publishKeys(aegle, { of: somebody })
    await world.ingest(await createCard(aegle, { patient: ana, custodian: world.hospital }), records)
  })

  after(async () => {
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  it(`takes at most ${MAX_LINES} lines each`, async () => {
    const files = await readdir(tasks)
    assert(files.length >= 12, `${files.length} tasks`)
    for (const name of files) {
      const text = await readFile(new URL(name, tasks), 'utf8')
      const code = text.split('\n').filter((line) => line.trim() && !/^(import|\/\*\*)/.test(line.trim()))
      assert(code.length <= MAX_LINES, `${name}: ${code.length} lines`)
    }
  })

  it('lets a doctor see laboratory results until Friday', async () => {
    const number = await letThemSeeMyLaboratory(aegle, ana, mia.account.address)
    const { grants: given } = await grants(aegle, { of: ana })
    const [first] = given
    assert(first && given.length === 1)
    assert.deepEqual([first.grant, first.effect, first.classes, first.purposes], [number, 'permit', ['laboratory'], ['TREAT']])
    assert.deepEqual(first.to, { kind: 'account', account: mia.account.id })
    // The first millisecond of Saturday, as one reads "until Friday".
    assert.equal(first.until.getDay(), 6)
    assert(first.until.getTime() > Date.now() && first.until.getTime() - Date.now() <= 8 * 24 * 3_600_000)
  })

  it('shows who may see what', async () => {
    const [sentence, ...others] = await showMyGrants(aegle, ana)
    assert.deepEqual(others, [])
    assert.match(sentence ?? '', new RegExp(`^lets ${mia.account.address} .* for TREAT: laboratory, up to normal confidentiality`))
  })

  it('finds all potassium values over 5.5 in March', async () => {
    assert.deepEqual(await findHighPotassium(aegle, mia, ana.account.id, domain), [5.9])
  })

  it('says which records they opened', async () => {
    const opened = await whatDidTheyOpen(aegle, ana, mia.account.id)
    assert.equal(opened.length, 1)
    const observation = (await open(aegle, { by: ana, record: opened[0] ?? '' })).json() as { id: string }
    assert.equal(observation.id, 'high')
    assert.deepEqual(await whatDidTheyOpen(aegle, ana, tom.account.id), [])
  })

  it('says what is proved of a record', async () => {
    const { hits } = await search(aegle, { by: ana, domain, query: 'heart rate' })
    const said = await whatIsProved(aegle, ana, hits[0]!.record)
    assert.match(said, /^anchored in block \d+ at \d{4}-[^ ]+Z, current; not verified: content$/)
  })

  it('ends what one doctor may see', async () => {
    assert.equal(await stopOne(aegle, ana, mia.account.address), 1)
    await failure(search(aegle, { by: mia, patient: ana.account.id, domain, query: '*' }), 'service-refused')
    assert.deepEqual(await showMyGrants(aegle, ana), [])
  })

  it('asks for access, and answers with yes and no', async () => {
    const note = await askForAccess(aegle, mia, ana.account.id)
    await askForAccess(aegle, tom, ana.account.id)
    assert.equal((await answerRequests(aegle, ana, [note])).length, 1)
    const { hits } = await search(aegle, { by: mia, patient: ana.account.id, domain, query: '*' })
    assert.equal(hits.length, 3)
    await failure(search(aegle, { by: tom, patient: ana.account.id, domain, query: '*' }), 'service-refused')
  })

  it('finds records in an emergency, until the patient ends it', async () => {
    assert.equal((await emergency(aegle, tom, ana.account.id, domain)).length, records.length)
    await endTheEmergency(aegle, ana, tom.account.id)
    const again = search(aegle, { by: tom, patient: ana.account.id, domain, query: '*', purpose: 'BTG' })
    await failure(again, 'service-refused')
  })

  it('lets a colleague cover', async () => {
    const until = new Date(Date.now() + 30 * 24 * 3_600_000)
    await grant(aegle, { patient: ana, to: mia.account.id, purposes: ['TREAT'], classes: ['vital-signs'], until, delegable: true })
    await passItOn(aegle, mia, ana.account.id, tom.account.id)
    const { hits } = await search(aegle, { by: tom, patient: ana.account.id, domain, query: 'heart rate' })
    assert.equal(hits.length, 1)
    const passed = (await grants(aegle, { of: ana })).grants.filter(({ passedOnBy }) => passedOnBy === mia.account.id)
    assert.deepEqual(passed.map(({ to }) => to), [{ kind: 'account', account: tom.account.id }])
  })

  it('stops everything', async () => {
    assert((await stopEverything(aegle, ana)) > 0)
    for (const by of [mia, tom]) {
      await failure(search(aegle, { by, patient: ana.account.id, domain, query: '*' }), 'service-refused')
    }
    assert.deepEqual(await showMyGrants(aegle, ana), [])
  })

  it('takes all records home', async () => {
    const bundle = JSON.parse(await takeMyRecordsHome(aegle, ana, domain)) as { entry: { resource: { id?: string; resourceType: string } }[] }
    const taken = bundle.entry.map(({ resource }) => resource).filter(({ resourceType }) => resourceType === 'Observation')
    assert.deepEqual(taken.map(({ id }) => id).sort(), records.map(({ id }) => id).sort())
  })

  it('lets parents stop everything together', async () => {
    const [mother, father] = [generateAccount(), generateAccount()]
    for (const { id } of [mother, father]) await world.fund(id)
    const until = new Date(Date.now() + 24 * 3_600_000)
    await grant(aegle, { patient: ana, to: mia.account.id, purposes: ['TREAT'], until })
    assert.equal(await parentsActTogether(aegle, ana, mother, father), true)
    await failure(search(aegle, { by: mia, patient: ana.account.id, domain, query: '*' }), 'service-refused')
  })
})
