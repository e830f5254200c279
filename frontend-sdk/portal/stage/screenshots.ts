// Takes the pictures of docs/portal. With a folder: of every page into that folder, in both languages and both themes, and
// at the width of a phone.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { breakGlass, generateAccount, ss58 } from '@aegle/sdk'
import type { Page } from 'playwright-core'
import { browser, Visitor } from '../test/visitor.ts'
import { BILLS } from './bills.ts'
import { DEMO } from './cast.ts'
import { World } from './world.ts'

const [wanted] = process.argv.slice(2)
const folder = wanted ?? fileURLToPath(new URL('../../../docs/portal', import.meta.url))
/** The pictures of docs/portal, in the first look. */
const KEPT = ['records', 'sharing', 'log']
const LOOKS = [
  { name: 'en-light', language: 'en', theme: 'light', viewport: { width: 800, height: 760 } },
  { name: 'en-dark', language: 'en', theme: 'dark', viewport: { width: 800, height: 760 } },
  { name: 'de-light', language: 'de', theme: 'light', viewport: { width: 800, height: 760 } },
  { name: 'de-dark', language: 'de', theme: 'dark', viewport: { width: 800, height: 760 } },
  { name: 'en-phone', language: 'en', theme: 'light', viewport: { width: 360, height: 720 } },
  { name: 'de-phone', language: 'de', theme: 'light', viewport: { width: 360, height: 720 } },
] as const

await mkdir(folder, { recursive: true })
await using world = await World.start({ cast: DEMO, more: BILLS, say: (what) => console.error(`[screenshots] ${what}`) })
const chromium = await browser()
await prepare()

/** Leaves something to do: for an admin an emergency, for the committee a proposal, and for a clinician a second role. */
async function prepare(): Promise<void> {
  const aegle = await world.connect()
  try {
    const patient = world.person('Roel').keys.patient.account.id
    await breakGlass(aegle, { by: world.person('Dr Jonas Brandt').keys.reader, patient, reason: 1, why: 'found unconscious' })
  } finally {
    await aegle.disconnect()
  }
  await world.propose('first', 'admit', '--admin', generateAccount().id)
  await world.offer('Dr Mia Weber', 'researcher')
}

/** Waits until nothing is being fetched any more, and takes a picture. */
async function shoot(page: Page, what: string, look: string): Promise<void> {
  if (wanted === undefined && !KEPT.includes(what)) return
  await page.locator('.waiting').first().waitFor({ state: 'hidden' })
  await page.waitForFunction(() => ![...document.querySelectorAll('.record')].some((row) => /Opening|geöffnet …/.test(row.textContent ?? '')))
  await page.screenshot({ path: join(folder, `${what}-${look}.png`) })
}

async function shootDialog(page: Page, what: string, look: string): Promise<void> {
  await page.getByRole('dialog').waitFor()
  await shoot(page, what, look)
  await page.keyboard.press('Escape')
}

const menu = (of: Page, index: number) => of.getByRole('navigation').getByRole('link').nth(index).click()

/** Takes the pictures of an admin, a member of the committee, a researcher, an insurer and an auditor. */
async function atWork(how: Omit<(typeof LOOKS)[number], 'name'>, look: string): Promise<void> {
  await using admin = await Visitor.arrive(chromium, world.portal, how)
  await using member = await Visitor.arrive(chromium, world.portal, how)
  await using researcher = await Visitor.arrive(chromium, world.portal, how)
  await using insurer = await Visitor.arrive(chromium, world.portal, how)
  await admin.type(world.person('Nora Lind').words)
  await admin.page.locator('li.card').first().waitFor()
  await shoot(admin.page, 'staff', look)
  await admin.page.locator('#codes').fill(['code,name', ss58(generateAccount().id), ss58(world.person('Nora Lind').keys.reader.account.id)].join('\n'))
  await admin.page.locator('form button[type=submit]').click()
  await shootDialog(admin.page, 'appoint', look)
  await menu(admin.page, 1)
  await admin.page.locator('li.card button').first().click()
  await shootDialog(admin.page, 'vouch-question', look)
  await shoot(admin.page, 'newcomers', look)
  await menu(admin.page, 2)
  await admin.page.locator('li.card button').first().click()
  await shootDialog(admin.page, 'review', look)
  await shoot(admin.page, 'reviews', look)
  await member.type(world.person('Karl Ott').words)
  await member.page.locator('li.card').first().waitFor()
  await shoot(member.page, 'committee', look)
  await member.page.locator('#plan').selectOption('residence')
  await member.page.locator('#plan-code').fill(ss58(world.person('Roel').keys.patient.account.id))
  await member.page.locator('#plan-jurisdiction').fill('3')
  await member.page.locator('#propose').scrollIntoViewIfNeeded()
  await shoot(member.page, 'propose', look)
  await member.page.locator('form button[type=submit]').click()
  await shootDialog(member.page, 'propose-question', look)
  await insurer.type(world.person('Tom Becker').words)
  await insurer.page.locator('form button.main').click()
  await insurer.page.locator('#sums').waitFor()
  await insurer.page.locator('#sums').scrollIntoViewIfNeeded()
  await shoot(insurer.page, 'bills', look)
  await using auditor = await Visitor.arrive(chromium, world.portal, how)
  await auditor.type(world.person('Ines Vogt').words)
  await auditor.page.locator('#organisation').fill(String(world.hospital))
  await auditor.page.locator('form button.main').click()
  await auditor.page.locator('li.card').first().waitFor()
  await shoot(auditor.page, 'audit', look)
  await researcher.type(world.person('Lea Sommer').words)
  await researcher.page.locator('#question').fill('type:Observation AND date:2012..')
  await researcher.page.locator('form button.main').click()
  await researcher.page.locator('#answer').waitFor()
  await shoot(researcher.page, 'count', look)
}

for (const { name: look, ...how } of wanted === undefined ? LOOKS.slice(0, 1) : LOOKS) {
  await using patient = await Visitor.arrive(chromium, world.portal, how)
  await using clinician = await Visitor.arrive(chromium, world.portal, how)
  const { page } = patient
  const first = (of: Page) => of.getByRole('list', { name: /Records|Einträge/ }).getByRole('link').first()
  await page.locator('h1').waitFor()
  await shoot(page, 'sign-in', look)
  await patient.type(world.person('Pieter van de Heuvel').words)
  await first(page).waitFor()
  await shoot(page, 'records', look)
  await page.getByRole('searchbox').fill('glucose')
  await page.getByRole('searchbox').press('Enter')
  await page.getByRole('link', { name: /Glucose/ }).first().click()
  await page.locator('table').waitFor()
  await shoot(page, 'record', look)
  await menu(page, 1)
  await page.locator('#requests').waitFor()
  await shoot(page, 'sharing', look)
  await page.locator('section[aria-labelledby=requests] button.main').first().click()
  await shootDialog(page, 'answer', look)
  await page.locator('section[aria-labelledby=let-in] button.main').first().click()
  await shootDialog(page, 'grant', look)
  await clinician.type(world.person('Dr Mia Weber').words)
  await clinician.page.locator('a.record').first().waitFor()
  await shoot(clinician.page, 'patients', look)
  await clinician.page.getByRole('link', { name: /Heuvel/ }).click()
  await first(clinician.page).waitFor()
  await shoot(clinician.page, 'chart', look)
  await clinician.page.locator('section[aria-labelledby=more] button').click()
  await shootDialog(clinician.page, 'ask', look)
  await menu(clinician.page, 1)
  await clinician.page.locator('#asked').waitFor()
  await shoot(clinician.page, 'asks', look)
  await menu(clinician.page, 2)
  await clinician.page.locator('#own-roles').waitFor()
  await shoot(clinician.page, 'roles', look)
  await clinician.page.locator('section[aria-labelledby=own-roles] button.main').click()
  await shootDialog(clinician.page, 'roles-question', look)
  await atWork(how, look)
  await menu(page, 2)
  await page.locator('li.card').first().waitFor()
  await shoot(page, 'log', look)
  await menu(page, 3)
  await page.locator('#guardian-code').fill(ss58(world.person('Dr Jonas Brandt').keys.reader.account.id))
  await page.locator('form button').click()
  await shoot(page, 'guardians', look)
  await page.locator('button.main').click()
  await shootDialog(page, 'guardians-question', look)
  await menu(page, 4)
  await page.locator('h1').waitFor()
  await shoot(page, 'account', look)
}
await chromium.close()
