import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { breakGlass, generateAccount, organisation, ss58 } from '@aegle/sdk'
import type { Browser } from 'playwright-core'
import { BILLS } from '../stage/bills.ts'
import { OFFICES } from '../stage/cast.ts'
import { World } from '../stage/world.ts'
import { browser, Visitor } from './visitor.ts'

/** The button that says for how many patients is added up. */
const ADD_UP = /^Add up for \d+ patients?$/

describe('the portal of insurers, of people with several roles, and of who starts a plan', () => {
  let world: World
  let chromium: Browser
  let tom: Visitor
  let peter: Visitor

  before(async () => {
    world = await World.start({ cast: OFFICES, more: BILLS })
    chromium = await browser()
    tom = await Visitor.arrive(chromium, world.portal)
    peter = await Visitor.arrive(chromium, world.portal)
  })

  after(async () => {
    await chromium?.close()
    await world?.[Symbol.asyncDispose]()
  })

  /** Something of a dialog that is open. */
  const dialog = (visitor: Visitor) => visitor.page.getByRole('dialog')
  const words = (name: string) => world.person(name).words

  describe('of an insurer', () => {
    const sums = () => tom.page.locator('section[aria-labelledby=sums]').innerText()

    async function addUp(what: string): Promise<void> {
      await tom.page.getByLabel('What do you want to add up?').selectOption(what)
      await tom.page.getByRole('button', { name: ADD_UP }).focus()
      await tom.page.keyboard.press('Enter')
      await tom.page.getByRole('heading', { name: 'What it comes to' }).waitFor()
    }

    it('adds up what was granted for payment, and says what is left out', async () => {
      await tom.signIn(words('Tom Becker'), 'Add up bills')
      await tom.sees('1 patient lets you see records to settle bills.')
      await tom.audit('what can be added up')
      await addUp('Bills')
      await tom.sees('These count: 1 record of 1 patient.')
      await tom.sees('Checked: the 1 record is as it was stored.')
      await tom.sees('Nothing that was found is left out.')
      assert.match(await sums(), /Bill, in all\s+310\.25 EUR\s+1/)
      await tom.audit('what was added up')
    })

    it('asks a patient in their window, and adds up what they let it see alone', async () => {
      await tom.goTo('What I ask for')
      await tom.page.getByLabel('The patient’s code').fill(ss58(world.person('Peter Chalmers').keys.patient.account.id))
      await tom.page.keyboard.press('Enter')
      assert(await dialog(tom).getByLabel('to settle the bill').isChecked())
      await dialog(tom).getByLabel('Only some kinds').check()
      await dialog(tom).getByLabel('bills and insurance').check()
      await dialog(tom).locator('#ask-why').fill('your stay in March')
      await tom.press('Yes, ask')
      const note = await dialog(tom).getByLabel('Note for the patient').inputValue()
      await tom.press('I am done')
      await peter.signIn(words('Peter Chalmers'), 'My records')
      await peter.goTo('Who may see')
      await peter.page.getByText('I was given a note about this').click()
      await peter.page.getByLabel('The note').fill(note)
      await peter.press('Check the note')
      await peter.sees(/^Tom Becker asks to see bills and insurance to settle the bill/)
      await peter.press('Answer Tom Becker')
      await peter.press('Yes, let them in')
      await peter.sees('You let 1 person or group in.')
      await tom.lookAgainFor('The answer is yes. It may be a yes to less.')
      // An insurer adds up, and has no page of anybody’s records.
      assert.equal(await tom.page.getByRole('link', { name: /^See the records of/ }).count(), 0)
      await tom.goTo('Add up bills')
      await tom.sees('2 patients let you see records to settle bills.')
      await addUp('All that I may see')
      await tom.sees('These count: 3 records of 2 patients.')
      await tom.sees('Checked: each of the 3 records is as it was stored.')
      await tom.sees('1 record: it is a draft, was called off, or was a mistake.')
      const told = await sums()
      assert.match(told, /Bill, in all\s+2,830\.35 EUR\s+3/)
      assert.match(told, /^Bill: 3$/m)
      // Everything else of theirs was not granted for payment.
      assert.doesNotMatch(told, /Measurement|Visit|Name and address|99\.00/)
      await tom.audit('what more was added up')
    })

    it('has no record opened by looking for a patient', async () => {
      await tom.page.locator('#filter').fill(code('Pieter van de Heuvel'))
      const before = tom.traffic.length
      await tom.page.locator('#filter').press('Enter')
      assert.equal(await tom.page.getByText('We open and check each record.').count(), 0)
      assert.deepEqual(tom.traffic.slice(before).filter((asked) => asked.includes('/v1/')), [])
      await tom.page.locator('#filter').fill('')
      await tom.sees('Add up for 2 patients')
    })

    it('leaves out whom it is told to, and answers a question of its own', async () => {
      await tom.page.getByLabel('What do you want to add up?').selectOption('A question of my own')
      await tom.page.getByLabel('Your question').fill('type:Claim AND date:2025')
      await tom.press(ADD_UP)
      await tom.sees('There is nothing to add up.')
      await tom.page.getByLabel('Your question').fill('(')
      await tom.press(ADD_UP)
      await tom.sees('The search does not understand this.')
      await tom.page.getByRole('checkbox', { name: new RegExp(code('Pieter van de Heuvel')) }).uncheck()
      await addUp('Bills')
      await tom.sees('These count: 2 records of 1 patient.')
      assert.match(await sums(), /2,520\.10 EUR/)
      await tom.page.getByRole('checkbox', { name: new RegExp(code('Pieter van de Heuvel')) }).check()
    })

    it('adds up nothing where a record was changed on its way', async () => {
      await tom.page.route('**/v1/ciphertexts/**', async (route) => {
        const answer = await route.fetch()
        const body = await answer.body()
        body[body.length - 1] = (body.at(-1) ?? 0) ^ 1
        await route.fulfill({ response: answer, body })
      })
      await tom.press(ADD_UP)
      await tom.sees('what the server sent is not what was stored')
      assert.equal(await tom.page.locator('section[aria-labelledby=sums]').count(), 0)
      await tom.page.unroute('**/v1/ciphertexts/**')
      await addUp('Bills')
      await tom.sees('These count: 3 records of 2 patients.')
    })

    it('adds up nothing of what was changed in the database, and says how much it is', async () => {
      const flip = 'update records set row = set_byte(row, length(row) - 1, get_byte(row, length(row) - 1) # 1)'
      await world.sql(flip)
      await tom.press(ADD_UP)
      await tom.sees('4 records that we could not open')
      assert.match(await sums(), /There is nothing to add up\./)
      await world.sql(flip)
      await addUp('Bills')
      await tom.sees('These count: 3 records of 2 patients.')
    })

    it('has no more in it of who stopped it, though the page still lists them', async () => {
      await peter.press('Stop Tom Becker')
      await peter.press('Yes, stop it')
      await peter.sees('You let 0 people or groups in.')
      await addUp('All that I may see')
      await tom.sees('These count: 1 record of 1 patient.')
      await tom.sees('1 patient has nothing here that you may see for this.')
      const told = await sums()
      assert.match(told, /310\.25 EUR/)
      assert.doesNotMatch(told, /2,830\.35|2,520\.10|2,400\.00|120\.10/)
      await tom.lookAgainFor('1 patient lets you see records to settle bills.')
      await tom.page.goto(`${world.portal}#/patients/${world.person('Peter Chalmers').keys.patient.account.id}`)
      await tom.sees('There is no such page')
      assert.deepEqual([...tom.complaints, ...peter.complaints], [])
    })

    const code = (name: string) => ss58(world.person(name).keys.patient.account.id).slice(-6)
  })

  describe('of somebody whom a second organisation wants', () => {
    let mia: Visitor
    let trust: number

    const rolesAt = async (number: number) => {
      const aegle = await world.connect()
      try {
        const { people } = await organisation(aegle, { organisation: number, lists: ['people'] })
        return people.find(({ account }) => account === world.person('Dr Mia Weber').keys.reader.account.id)
      } finally {
        await aegle.disconnect()
      }
    }

    it('accepts a role once it was said what follows, and has its pages at once', async () => {
      trust = await world.offer('Dr Mia Weber', 'researcher')
      mia = await Visitor.arrive(chromium, world.portal)
      await mia.signIn(words('Dr Mia Weber'), 'My patients')
      await mia.goTo('About me')
      await mia.sees(new RegExp(`^Organisation ${trust} asks you to do research, until `))
      await mia.audit('a role that is offered')
      assert.equal(await mia.page.getByRole('link', { name: 'Count patients' }).count(), 0)
      await mia.page.getByRole('button', { name: `Accept what organisation ${trust} offers` }).focus()
      await mia.page.keyboard.press('Enter')
      await mia.sees('Your other roles stay as they are.')
      await mia.audit('the question before a role is accepted')
      await dialog(mia).getByRole('button', { name: 'Yes, accept it' }).focus()
      await mia.page.keyboard.press('Enter')
      await mia.sees(`You work for organisation ${trust} now.`)
      await mia.sees('No one offers you a role now.')
      await mia.page.getByRole('link', { name: 'Count patients' }).waitFor()
      assert.deepEqual([(await rolesAt(trust))?.counts, (await rolesAt(world.hospital))?.counts], [true, true])
    })

    it('gives it back, and keeps the other one', async () => {
      await mia.press(`Give back my role at organisation ${trust}`)
      await mia.sees('To have the role again, you must be given it anew.')
      await mia.audit('the question before a role is given back')
      await mia.press('Yes, give it back')
      await mia.sees(`You gave your role at organisation ${trust} back.`)
      await mia.page.getByRole('link', { name: 'Count patients' }).waitFor({ state: 'detached' })
      await mia.page.getByRole('link', { name: 'My patients' }).waitFor()
      assert.deepEqual([(await rolesAt(trust))?.counts ?? false, (await rolesAt(world.hospital))?.counts], [false, true])
    })

    it('says no to what is offered', async () => {
      await world.offer('Dr Mia Weber', 'researcher')
      await mia.lookAgainFor(`Say no to organisation ${trust}`)
      await mia.press(`Say no to organisation ${trust}`)
      await mia.sees('You can not accept this later.')
      await mia.press('Yes, say no')
      await mia.sees(`You said no to organisation ${trust}.`)
      await mia.sees('No one offers you a role now.')
      assert.equal((await rolesAt(trust))?.counts ?? false, false)
      assert.deepEqual(mia.complaints, [])
    })
  })

  describe('of the committee', () => {
    let karl: Visitor

    it('starts a plan once it was said what it does and when, which the other member carries out', async () => {
      karl = await Visitor.arrive(chromium, world.portal)
      await karl.signIn(words('Karl Ott'), 'Committee')
      await karl.sees('0 plans wait.')
      await karl.page.getByLabel('What shall be done?').selectOption('Let an organisation join')
      await karl.page.getByLabel('Their code').fill('nobody')
      await karl.page.keyboard.press('Enter')
      await karl.sees('What you typed is not right.')
      const admin = generateAccount()
      await karl.page.getByLabel('Their code').fill(admin.address)
      await karl.page.keyboard.press('Enter')
      await dialog(karl).waitFor()
      assert.match((await dialog(karl).locator('.sentence').textContent()) ?? '', /^admit an organisation whose admin is /)
      await karl.sees('It takes 2 votes.')
      await karl.sees('Then it has 1 of 2 votes, and waits for the others.')
      await karl.sees('It holds as soon as it has its votes.')
      await karl.audit('the question before a plan')
      await dialog(karl).getByRole('button', { name: 'Yes, start it' }).focus()
      await karl.page.keyboard.press('Enter')
      await karl.sees(/^Your vote for plan \d+ is in the register\.$/)
      await karl.sees('1 plan waits.')
      await karl.audit('a plan that was started')
      await world.propose('first', 'admit', '--admin', admin.id)
      await karl.lookAgainFor('0 plans wait.')
    })

    it('says of a vote that it counts though the plan was refused, and of a plan that has its votes that it is carried out', async () => {
      // An organisation that goes on already can not be let go on, which the register sees when it is to be done.
      await world.propose('first', 'reinstate', String(world.hospital))
      await karl.lookAgainFor(/^Vote for plan \d+$/)
      await karl.press(/^Vote for plan \d+$/)
      await karl.press('Yes, vote for it')
      await karl.sees(/^Your vote counts\. It is in the register, in block [\d,]+\.$/)
      await karl.sees('the organisation is suspended already, or is not suspended')
      await karl.audit('a vote that counts, of a plan that is refused')
      await karl.page.keyboard.press('Escape')
      await karl.sees('It has its votes, and waits to be done.')
      await karl.page.getByLabel('What shall be done?').selectOption('Let an organisation go on')
      await karl.page.getByLabel('Number of the organisation').fill(String(world.hospital))
      await karl.press('Next')
      await dialog(karl).getByText('It has its votes. You do not vote: you carry it out at once.').waitFor()
      assert.equal(await dialog(karl).getByRole('button', { name: 'Yes, vote for it' }).count(), 0)
      await karl.audit('the question before a plan is carried out')
      await dialog(karl).getByRole('button', { name: 'Yes, do it' }).click()
      await karl.sees('the organisation is suspended already, or is not suspended')
      await karl.page.keyboard.press('Escape')
    })

    it('says of a plan that waits for how long, and votes where there is the same one', async () => {
      const patient = world.person('Peter Chalmers').keys.patient.account
      await world.propose('first', 'residence', patient.id, '--jurisdiction', '3')
      await karl.page.getByLabel('What shall be done?').selectOption('Set a patient’s law')
      await karl.page.getByLabel('The patient’s code').fill(patient.address)
      await karl.page.getByLabel('Number of the law').fill('3')
      await karl.press('Next')
      assert.match((await dialog(karl).locator('.sentence').textContent()) ?? '', /^let the law of jurisdiction 3 count for /)
      await karl.sees(/^This very plan waits already\. It is plan \d+\.$/)
      await karl.sees('Your vote is the last one that it takes, and the time that it waits begins.')
      await karl.sees('Once it has its votes, it waits for 2 days.')
      await karl.press('Yes, vote for it')
      await karl.sees(/^Plan \d+ has its votes\. It can be done from /)
      assert.deepEqual(karl.complaints, [])
    })
  })

  it('lets an auditor of another organisation check what its admins can not, and nothing else', async () => {
    const aegle = await world.connect()
    const patient = world.person('Peter Chalmers').keys.patient.account.id
    for (const name of ['Dr Mia Weber', 'Dr Jonas Brandt']) {
      await breakGlass(aegle, { by: world.person(name).keys.reader, patient, reason: 1, why: 'no pulse' })
    }
    await using ines = await Visitor.arrive(chromium, world.portal)
    await ines.signIn(words('Ines Vogt'), 'Check others’ emergencies')
    await ines.audit('no organisation that is audited')
    await ines.page.getByLabel('Number of the organisation').fill(String(world.hospital))
    await ines.page.keyboard.press('Enter')
    await ines.sees('2 emergencies wait.')
    // Who acts for the hospital may be the only one who could check it.
    await ines.sees('Their own people can still check this.')
    assert.equal(await ines.page.getByRole('button', { name: /^Check what/ }).count(), 1)
    await ines.audit('emergencies of others')
    await ines.press('Check what Dr Jonas Brandt did')
    await dialog(ines).getByLabel('There was no need for it').check()
    await dialog(ines).getByLabel('Say why, in your own words').fill('nobody was there')
    await ines.press('Put it in the register')
    await ines.press('I am done')
    await ines.sees('1 emergency waits.')
    const { reviews } = await organisation(aegle, { organisation: world.hospital, lists: ['reviews'] }).finally(() => aegle.disconnect())
    assert.deepEqual(reviews.map(({ clinician }) => clinician), [world.person('Dr Mia Weber').keys.reader.account.id])
    assert.deepEqual(ines.complaints, [])
  })

  it('says how far back a list looks, and looks further back', async () => {
    await using nora = await Visitor.arrive(chromium, world.portal)
    let listBlocks = 3
    await nora.page.route('**/portal.json', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), listBlocks } })
    })
    await nora.page.reload()
    await nora.signIn(words('Nora Lind'), 'Our people')
    await nora.sees(/^We looked back to .* What came before is not in this list yet\.$/)
    await nora.sees('0 people')
    await nora.audit('a list that is not whole')
    await nora.press('Look further back')
    await nora.page.waitForFunction(() => document.activeElement?.id === 'staff-now')
    listBlocks = 40
    await nora.page.reload()
    await nora.signIn(words('Nora Lind'), 'Our people')
    const aegle = await world.connect()
    const { people } = await organisation(aegle, { organisation: world.hospital, lists: ['people'] }).finally(() => aegle.disconnect())
    assert(people.length > 2)
    const further = nora.page.getByRole('button', { name: 'Look further back' })
    const whole = nora.page.getByText(`${people.length} people`, { exact: true })
    // Each look brings more blocks: a person after the other, and at last everybody.
    for (let looks = 0; ; looks += 1) {
      assert(looks < 50, 'it comes to an end')
      await nora.page.locator('.waiting').first().waitFor({ state: 'hidden' })
      await further.or(whole).first().waitFor()
      if (!(await further.isVisible())) break
      // It may be gone, since the last look brought the first block.
      await further.click({ timeout: 2_000 }).catch(() => undefined)
    }
    await whole.waitFor()
    assert.deepEqual(nora.complaints, [])
  })

  it('speaks German and fits a phone', async () => {
    const look = { language: 'de', theme: 'dark', viewport: { width: 360, height: 740 } } as const
    const pages = new Map([
      ['Tom Becker', ['Rechnungen addieren', 'Meine Anfragen', 'Über mich']],
      ['Karl Ott', ['Ausschuss']],
      ['Ines Vogt', ['Notfälle anderer prüfen']],
    ])
    for (const [name, titles] of pages) {
      await using visitor = await Visitor.arrive(chromium, world.portal, look)
      await visitor.signIn(words(name), titles[0] ?? '')
      for (const title of titles) {
        await visitor.goTo(title)
        await visitor.page.locator('.waiting').first().waitFor({ state: 'hidden' })
        if (title === 'Rechnungen addieren') {
          await visitor.press(/^Für \d+ Patienten addieren$/)
          await visitor.page.getByRole('heading', { name: 'Was es ergibt' }).waitFor()
          await visitor.sees('310,25 EUR')
        }
        await visitor.audit(title)
        const overflow = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        assert(overflow <= 0, `${title} is ${overflow} pixels too wide for a phone`)
      }
      assert.deepEqual(visitor.complaints, [])
    }
  })
})
