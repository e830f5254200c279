import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { generateAccount, organisation, requests, ss58 } from '@aegle/sdk'
import type { Browser } from 'playwright-core'
import { AT_WORK } from '../stage/cast.ts'
import { type Someone, World } from '../stage/world.ts'
import { browser, Visitor } from './visitor.ts'

const GLUCOSE = {
  resourceType: 'Observation',
  id: 'glucose-at-work',
  status: 'final',
  category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] }],
  code: { text: 'Glucose at work', coding: [{ system: 'http://loinc.org', code: '15074-8', display: 'Glucose at work' }] },
  subject: { reference: 'Patient/example' },
  effectiveDateTime: '2026-03-05T08:00:00Z',
  valueQuantity: { value: 6.3, unit: 'mmol/l', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
}

describe('the portal at work', () => {
  let world: World
  let chromium: Browser
  let peter: Visitor
  let mia: Visitor
  let nora: Visitor
  let ofPeter: Someone
  let ofMia: Someone

  before(async () => {
    world = await World.start({ cast: AT_WORK, more: new Map([['example', [GLUCOSE]]]) })
    chromium = await browser()
    ofPeter = world.person('Peter Chalmers')
    ofMia = world.person('Dr Mia Weber')
    peter = await Visitor.arrive(chromium, world.portal)
    mia = await Visitor.arrive(chromium, world.portal)
    nora = await Visitor.arrive(chromium, world.portal)
  })

  after(async () => {
    await chromium?.close()
    await world?.[Symbol.asyncDispose]()
  })

  /** Something of a dialog that is open. */
  const dialog = (visitor: Visitor) => visitor.page.getByRole('dialog')

  /** What the SDK lists of the hospital. */
  async function hospital() {
    const aegle = await world.connect()
    try {
      return await organisation(aegle, { organisation: world.hospital })
    } finally {
      await aegle.disconnect()
    }
  }

  describe('of a clinician who asks', () => {
    let note = ''

    it('asks a patient by their code, by keyboard alone, and hands over a note', async () => {
      await mia.signIn(ofMia.words, 'My patients')
      await mia.goTo('What I ask for')
      await mia.sees('You have asked 0 patients.')
      await mia.audit('nothing that was asked for')
      const { keyboard } = mia.page
      await mia.page.getByLabel('The patient’s code').focus()
      await keyboard.insertText('no code')
      await keyboard.press('Enter')
      await mia.sees('What you typed is not right.')
      await mia.page.getByLabel('The patient’s code').fill(ss58(ofPeter.keys.patient.account.id))
      await keyboard.press('Enter')
      await dialog(mia).waitFor()
      await mia.audit('the question before a request')
      await dialog(mia).getByLabel('to treat this person when it is urgent').check()
      await dialog(mia).getByLabel('Only some kinds').check()
      await mia.sees('Choose at least one use and one kind of record.')
      assert(await dialog(mia).getByRole('button', { name: 'Yes, ask' }).isDisabled())
      for (const kind of ['lab results', 'name and address', 'visits']) await dialog(mia).getByLabel(kind).check()
      await dialog(mia).getByLabel('For how long?').selectOption('30 days')
      assert.match(
        (await dialog(mia).locator('.sentence').textContent()) ?? '',
        /^You ask the person with the code .* to let you see name and address, visits,? and lab results to treat this person and to treat this person when it is urgent, until /,
      )
      await dialog(mia).getByLabel('Why do you ask? Say it in your own words.').fill('your sugar has to be checked')
      await dialog(mia).getByRole('button', { name: 'Yes, ask' }).focus()
      await keyboard.press('Enter')
      await dialog(mia).getByRole('heading', { name: 'Now give them the note' }).waitFor()
      await mia.audit('the note of a request')
      note = await dialog(mia).getByLabel('Note for the patient').inputValue()
      await mia.press('I am done')
      await mia.sees(/^There is no answer yet\. It can come until /)
      await mia.audit('what was asked for')
    })

    it('lets the patient read the reason, but not one that somebody changed', async () => {
      await peter.signIn(ofPeter.words, 'My records')
      await peter.goTo('Who may see')
      await peter.sees(/^Dr Mia Weber asks to see all your records to treat you and to treat you when it is urgent, until /)
      await peter.page.getByText('I was given a note about this').click()
      for (const part of [note.slice(0, -1), '{}']) {
        await peter.page.getByLabel('The note').fill(part)
        await peter.press('Check the note')
        await peter.sees('This is not a whole note.')
      }
      await peter.page.getByLabel('The note').fill(note.replace('sugar', 'blood'))
      await peter.press('Check the note')
      await peter.sees('this note does not belong to this request')
      await peter.audit('a note that is wrong')
      await peter.page.getByLabel('The note').fill(note)
      await peter.press('Check the note')
      await peter.sees('They wrote this. No one has checked that it is true:')
      assert.equal(await peter.page.locator('blockquote.theirs').textContent(), 'your sugar has to be checked')
      await peter.sees('They mean no more than this: name and address, visits, and lab results.')
      await peter.sees(/^Dr Mia Weber asks to see name and address, visits,? and lab results /)
      await peter.audit('a note that was read')
    })

    it('is let in for less, searches, and opens', async () => {
      await peter.press('Answer Dr Mia Weber')
      await dialog(peter).getByLabel('visits').uncheck()
      await dialog(peter).getByLabel('For how long?').selectOption('7 days')
      await peter.press('Yes, let them in')
      await peter.sees('You let 1 person or group in.')
      await mia.lookAgainFor('The answer is yes. It may be a yes to less.')
      await mia.page.getByRole('link', { name: /^See the records of/ }).click()
      await mia.heading(/Chalmers/)
      await mia.page.getByLabel('Search', { exact: true }).fill('type:Encounter')
      await mia.press('Search')
      await mia.sees('Nothing was found.')
      await mia.page.getByLabel('Search', { exact: true }).fill('code:loinc|15074-8')
      await mia.press('Search')
      await mia.page.getByRole('link', { name: /Glucose at work/ }).first().click()
      await mia.heading(/Glucose at work/)
      await mia.sees('no one has changed this record since North Hospital stored it')
    })

    it('asks for more from the patient’s page, and takes that back', async () => {
      await mia.goTo('My patients')
      await mia.page.getByRole('link', { name: /Chalmers/ }).click()
      await mia.heading(/Chalmers/)
      await mia.press('Ask for more')
      await dialog(mia).locator('#ask-why').fill('visits matter, too')
      assert.match((await dialog(mia).locator('.sentence').textContent()) ?? '', /^You ask .*Chalmers.* to let you see all records to treat this person, until /)
      await mia.press('Yes, ask')
      await mia.press('I am done')
      await mia.goTo('What I ask for')
      await mia.sees(/^There is no answer yet\./)
      await mia.press(/^Take back what you asked/)
      await mia.sees('You took it back.')
      const aegle = await world.connect()
      try {
        assert.deepEqual((await requests(aegle, { of: ofMia.keys.reader })).requests, [])
      } finally {
        await aegle.disconnect()
      }
    })

    it('is refused once the patient stops it, and told of a no', async () => {
      await peter.press('Stop Dr Mia Weber')
      await peter.press('Yes, stop it')
      await peter.sees('You let 0 people or groups in.')
      await mia.page.goto(`${world.portal}#/patients/${ofPeter.keys.patient.account.id}`)
      await mia.page.getByLabel('Search', { exact: true }).fill('code:loinc|15074-8 OR glucose')
      await mia.press('Search')
      await mia.sees('There is nothing here that you may see.')
      await mia.press('Ask for more')
      await dialog(mia).locator('#ask-why').fill('once more')
      await mia.press('Yes, ask')
      await mia.press('I am done')
      await peter.goTo('My records')
      await peter.goTo('Who may see')
      await peter.press('Say no to Dr Mia Weber')
      await peter.page.getByRole('heading', { name: 'People who ask to see your records' }).waitFor({ state: 'detached' })
      await mia.goTo('What I ask for')
      await mia.sees('The answer is no.')
    })
  })

  describe('of an organisation’s admin', () => {
    let many: string[] = []

    before(() => {
      many = Array.from({ length: 66 }, () => generateAccount().address)
    })

    it('lists the people with what they may do', async () => {
      await nora.signIn(world.person('Nora Lind').words, 'Our people')
      await nora.sees(/^Nora Lind acts for this organisation, until /)
      await nora.sees(/^Dr Mia Weber treats patients, until /)
      await nora.sees(/ acts for this organisation, until further notice\.$/)
      await nora.sees('Only the committee can change this.')
      await nora.audit('people')
    })

    it('appoints people of a file, more than one transaction takes, and names each line that is of no use', async () => {
      const admin = ss58(world.person('Nora Lind').keys.reader.account.id)
      const lines = ['code,name', ...many.slice(0, 2), many[0], admin, '', ...many.slice(2)]
      await nora.page.getByLabel('Or take them from a file').setInputFiles({ name: 'staff.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\n')) })
      await nora.page.getByLabel('treat patients').uncheck()
      await nora.page.getByLabel('do research').check()
      await nora.press('Next')
      await dialog(nora).waitFor()
      assert.match((await dialog(nora).locator('.sentence').textContent()) ?? '', /^66 people may do research, until /)
      await nora.sees('Nothing is done for 3 lines:')
      await nora.sees('Line 1, code: This is not a code.')
      await nora.sees(`Line 4, ${many[0]}: This code is in the list twice.`)
      await nora.sees(`Line 5, ${admin}: They have an office that the committee gave them`)
      await nora.audit('the question before an appointment')
      await nora.press('Yes, give it')
      await nora.sees('66 people got this role.')
      await nora.audit('people who were appointed')
      const { people } = await hospital()
      const appointed = people.filter(({ roles, counts }) => counts && roles.join() === 'researcher').map(({ account }) => ss58(account))
      assert.deepEqual(appointed.sort(), [...many].sort())
      await nora.sees('69 people')
      assert.equal(await nora.page.locator('section[aria-labelledby=staff-now] li').count(), 50)
    })

    it('says what a new role takes the place of', async () => {
      const [, second = ''] = many
      await nora.page.getByLabel('Codes, one in each line').fill(second)
      await nora.page.getByLabel('do research').uncheck()
      await nora.page.getByLabel('keep records').check()
      await nora.press('Next')
      await nora.sees('They may do this instead of what they may do here now.')
      await nora.sees('1 person may do less than now:')
      await nora.sees(`Line 1, ${second}: They may no longer do research.`)
      await nora.audit('the question before a role takes the place of another')
      await nora.press('Cancel')
    })

    it('says so when nobody of a list can be appointed, or there are too many', async () => {
      await nora.page.getByLabel('Codes, one in each line').fill('nobody')
      await nora.press('Next')
      await nora.sees('0 people got this role.')
      await nora.sees('Line 1, nobody: This is not a code.')
      await nora.page.getByLabel('Codes, one in each line').fill(Array.from({ length: 101 }, () => generateAccount().address).join('\n'))
      await nora.sees('These are 101 codes. You can take 100 at once.')
      assert(await nora.page.getByRole('button', { name: 'Next' }).isDisabled())
      await nora.page.getByLabel('Codes, one in each line').fill('')
    })

    it('dismisses somebody, by keyboard', async () => {
      const [gone = ''] = many
      const code = `${gone.slice(0, 6)}…${gone.slice(-6)}`
      await nora.page.getByLabel('Find a name in this list').fill(code)
      await nora.sees(/^1 person$/)
      await nora.page.getByRole('button', { name: new RegExp(`^Take the role of .*${code}$`) }).focus()
      await nora.page.keyboard.press('Enter')
      await nora.audit('the question before a dismissal')
      await dialog(nora).getByRole('button', { name: 'Yes, take it' }).focus()
      await nora.page.keyboard.press('Enter')
      await nora.sees(/^0 people$/)
      assert(!(await hospital()).people.some(({ account }) => ss58(account) === gone))
    })

    it('vouches for a patient who named it, once the code was compared', async () => {
      await nora.goTo('New patients')
      await nora.sees('1 person waits.')
      await nora.audit('patients who wait')
      await nora.press(/^Vouch for/)
      assert(await dialog(nora).getByRole('button', { name: 'Yes, I vouch for them' }).isDisabled())
      await nora.sees(ss58(ofPeter.keys.patient.account.id))
      await nora.audit('the question before a patient is vouched for')
      await dialog(nora).getByLabel('I have seen this person, and the code is the same.').check()
      await nora.press('Yes, I vouch for them')
      await nora.sees('0 people wait.')
      assert.deepEqual((await hospital()).patients, [])
    })

    it('reviews an emergency with words, which the patient sees', async () => {
      await mia.page.goto(`${world.portal}#/patients/${ofPeter.keys.patient.account.id}`)
      await mia.press('Look in an emergency')
      await dialog(mia).getByLabel('there was a danger to life').check()
      await dialog(mia).getByLabel('Say it in your own words, for the check').fill('no pulse')
      await mia.press('Yes, it is an emergency')
      await mia.sees('This is an emergency.')
      await nora.goTo('Check emergencies')
      await nora.sees('1 emergency waits.')
      await nora.sees(/^Dr Mia Weber looked for records of the person with the code .*: there was a danger to life\.$/)
      await nora.sees(/^Check it by /)
      await nora.audit('emergencies that wait')
      await nora.press('Check what Dr Mia Weber did')
      await dialog(nora).getByLabel('There was no need for it').check()
      await dialog(nora).getByLabel('Say why, in your own words').fill('the ward knows of nothing')
      await nora.audit('the question before a review')
      await nora.press('Put it in the register')
      await dialog(nora).getByRole('heading', { name: 'Now keep your reasons' }).waitFor()
      const kept = JSON.parse(await dialog(nora).getByLabel('Your reasons, with the key to the seal').inputValue()) as { why: string; salt: string }
      assert.equal(kept.why, 'the ward knows of nothing')
      assert.match(kept.salt, /^0x[0-9a-f]{64}$/)
      await nora.audit('what is to be kept of a review')
      await nora.press('I am done')
      await nora.sees('0 emergencies wait.')
      await peter.goTo('My records')
      await peter.goTo('Who may see')
      await peter.sees('It was checked: there was no need for it.')
    })
  })

  describe('of the committee', () => {
    it('shows a plan in a sentence, who is next, and carries it out by the last vote', async () => {
      await using karl = await Visitor.arrive(chromium, world.portal)
      await karl.signIn(world.person('Karl Ott').words, 'Committee')
      await karl.sees('0 plans wait.')
      await karl.audit('no proposals')
      const role = (account: string) => ['role', '--account', account, '--role', 'auditor', '--organisation', String(world.hospital)]
      const auditor = generateAccount()
      await world.propose('first', ...role(auditor.id))
      await karl.lookAgainFor('1 plan waits.')
      await karl.sees(/auditor/)
      await karl.sees('It has 1 vote, and it takes 2.')
      await karl.sees('Can vote now: you.')
      await karl.audit('a proposal')
      await karl.press(/^Vote for plan/)
      await karl.audit('the question before a vote')
      await karl.press('Yes, vote for it')
      await karl.sees(/^Plan \d+ is done\.$/)
      await karl.sees('0 plans wait.')
      assert.deepEqual((await hospital()).people.find(({ account }) => account === auditor.id)?.roles, ['auditor'])
      await world.propose('first', ...role(generateAccount().id))
      await karl.lookAgainFor('1 plan waits.')
      // Who has not voted for it has nothing to take back.
      assert.equal(await karl.page.getByRole('button', { name: /^Take plan/ }).count(), 0)
      assert.deepEqual(karl.complaints, [])
    })

    it('lets who proposed it take it back, and nobody else', async () => {
      await using karl = await Visitor.arrive(chromium, world.portal)
      await world.propose('second', 'suspend', String(world.hospital))
      await karl.signIn(world.person('Karl Ott').words, 'Committee')
      await karl.sees('2 plans wait.')
      await karl.press(/^Take plan/)
      await karl.press('Yes, take it back')
      await karl.sees(/^Plan \d+ was taken back\.$/)
      await karl.sees('1 plan waits.')
    })
  })

  it('speaks German, fits a phone, and lets its policy stand', async () => {
    const look = { language: 'de', theme: 'dark', viewport: { width: 360, height: 740 } } as const
    const pages = new Map([
      ['Dr Mia Weber', ['Meine Patienten', 'Meine Anfragen']],
      ['Nora Lind', ['Unsere Leute', 'Neue Patienten', 'Notfälle prüfen']],
      ['Karl Ott', ['Ausschuss', 'Über mich']],
    ])
    for (const [name, titles] of pages) {
      await using visitor = await Visitor.arrive(chromium, world.portal, look)
      await visitor.signIn(world.person(name).words, titles[0] ?? '')
      for (const title of titles) {
        await visitor.goTo(title)
        await visitor.page.locator('.waiting').first().waitFor({ state: 'hidden' })
        await visitor.audit(title)
        const overflow = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        assert(overflow <= 0, `${title} is ${overflow} pixels too wide for a phone`)
      }
      assert.deepEqual(visitor.complaints, [])
    }
    assert.deepEqual([peter, mia, nora].flatMap(({ complaints }) => complaints), [])
  })
})
