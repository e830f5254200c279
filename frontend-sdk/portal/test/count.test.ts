import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { count } from '@aegle/sdk'
import type { Browser } from 'playwright-core'
import { RESEARCH } from '../stage/cast.ts'
import { type Someone, World } from '../stage/world.ts'
import { browser, Visitor } from './visitor.ts'

/** A measurement of each patient: what the question finds. */
const measurement = (patient: string) => ({
  resourceType: 'Observation',
  id: `${patient}-sodium`,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '2951-2', display: 'Sodium' }] },
  subject: { reference: `Patient/${patient}` },
  effectiveDateTime: '2026-03-05T08:00:00Z',
  valueQuantity: { value: 140, unit: 'mmol/l', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
})

describe('the portal of a researcher', () => {
  let world: World
  let chromium: Browser
  let lea: Visitor
  let ofLea: Someone

  before(async () => {
    const patients = RESEARCH.flatMap(({ chart }) => (chart ? [chart] : []))
    world = await World.start({ cast: RESEARCH, more: new Map(patients.map((patient) => [patient, [measurement(patient)]])) })
    chromium = await browser()
    ofLea = world.person('Lea Sommer')
    lea = await Visitor.arrive(chromium, world.portal)
  })

  after(async () => {
    await chromium?.close()
    await world?.[Symbol.asyncDispose]()
  })

  it('says what noise is, before anything is asked', async () => {
    await lea.signIn(ofLea.words, 'Count patients')
    await lea.sees('We add a random number to each answer, or take one away.')
    await lea.sees('Numbers below 11 are not told at all.')
    await lea.page.getByText('How to write a question').click()
    await lea.page.getByText('What patients may ask of you').click()
    await lea.audit('the question of a researcher')
    await lea.press('Start with type:Immunization AND date:2026')
    assert.equal(await lea.page.getByLabel('Your question').inputValue(), 'type:Immunization AND date:2026')
  })

  it('counts, with an error bar, and says how much can still be asked', async () => {
    const { keyboard } = lea.page
    await lea.page.getByLabel('Your question').fill('code:loinc|2951-2')
    await lea.page.getByLabel('An ethics board has said yes (IRB)').check()
    await lea.page.getByRole('button', { name: 'Count', exact: true }).focus()
    await keyboard.press('Enter')
    await lea.page.getByRole('heading', { name: 'Answer' }).waitFor()
    await lea.audit('the answer of a count')
    const told = await lea.page.locator('section[aria-labelledby=answer]').innerText()
    // The same patients have the same noise, whoever asks.
    const aegle = await world.connect()
    try {
      const again = await count(aegle, { by: ofLea.keys.reader, domain: 1, query: 'code:loinc|2951-2', use: 'health', attested: ['IRB'] })
      const expected =
        again.total === 'fewer'
          ? /Fewer than 11 patients/
          : new RegExp(`About ${again.total.about} patients[\\s\\S]*between ${Math.max(11, again.total.about - 24)} and ${again.total.about + 24}: in 19 of 20 answers it is 24 or less away`)
      assert.match(told, expected)
    } finally {
      await aegle.disconnect()
    }
    assert.match(told, /You can ask 79 more times today\./)
  })

  it('tells no number that is low, and takes from the budget for that too', async () => {
    await lea.page.getByLabel('Your question').fill('code:loinc|0000-0')
    await lea.press('Count')
    await lea.sees('Fewer than 11 patients, or so few that we do not say')
    await lea.sees('You can ask 77 more times today.')
  })

  it('says so when a question is not one', async () => {
    await lea.page.getByLabel('Your question').fill('(')
    await lea.press('Count')
    await lea.sees('The search does not understand this.')
    await lea.audit('a question that is none')
    assert.deepEqual(lea.complaints, [])
  })

  it('speaks German and fits a phone', async () => {
    await using visitor = await Visitor.arrive(chromium, world.portal, { language: 'de', theme: 'dark', viewport: { width: 360, height: 740 } })
    await visitor.signIn(ofLea.words, 'Patienten zählen')
    await visitor.page.getByText('Wie man eine Frage schreibt').click()
    await visitor.audit('Patienten zählen')
    const overflow = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert(overflow <= 0, `it is ${overflow} pixels too wide for a phone`)
  })
})
