import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { placeOf, readPlace } from '../src/erasing/place.ts'
import { OFFICES } from '../stage/cast.ts'
import { World } from '../stage/world.ts'
import { browser, PATIENCE_MS, Visitor } from './visitor.ts'

it('reads the line of a record, and nothing else', () => {
  const place = { domain: 1, batch: 4_294_967_295, number: 65_535 }
  assert.equal(placeOf(place), '1-4294967295-65535')
  assert.deepEqual(readPlace(` ${placeOf(place)}\n`), place)
  for (const text of ['', '1-4', '1-4-7-9', '1-4-65536', '4294967296-1-1', '1-4294967296-1', '-1-4-7', '1-4-7a', '1 4 7', '1-4-0x1', '1.0-4-7']) {
    assert.equal(readPlace(text), undefined, text)
  }
})

describe('a record that is to be erased', () => {
  let world: World
  let chromium: Browser
  let peter: Visitor
  let nora: Visitor
  let jonas: Visitor
  let line = ''

  const words = (name: string) => world.person(name).words
  const dialog = (visitor: Visitor) => visitor.page.getByRole('dialog')

  /** Opens the patient’s newest record from their list. */
  async function openRecord(visitor: Visitor): Promise<void> {
    await visitor.goTo('My records')
    await visitor.page.locator('a.record').first().click()
    await visitor.page.getByRole('link', { name: /back/i }).waitFor()
  }

  /** Signs the patient in anew; how many records they are shown. */
  const records = async (visitor: Visitor) => {
    await visitor.page.goto('about:blank')
    await visitor.page.goto(world.portal)
    await visitor.signIn(words('Peter Chalmers'), 'My records')
    return Number(((await visitor.page.getByText(/^\d+ records?$/).textContent()) ?? '').split(' ')[0])
  }

  /** Waits until the patient is shown so many records, as soon as the server has followed the register. */
  async function shows(count: number): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) if ((await records(peter)) === count) return
    assert.equal(await records(peter), count)
  }

  before(async () => {
    world = await World.start({ cast: OFFICES })
    chromium = await browser()
    peter = await Visitor.arrive(chromium, world.portal)
    nora = await Visitor.arrive(chromium, world.portal)
    jonas = await Visitor.arrive(chromium, world.portal)
  })

  after(async () => {
    await chromium?.close()
    await world?.[Symbol.asyncDispose]()
  })

  it('is named by its patient, and asked for by an admin, by keyboard alone', async () => {
    await peter.signIn(words('Peter Chalmers'), 'My records')
    await openRecord(peter)
    await peter.page.getByText('How can I have it erased?').click()
    line = await peter.page.getByLabel('Line of the record').inputValue()
    assert(readPlace(line), line)
    await peter.audit('a record with its line')
    await nora.signIn(words('Nora Lind'), 'Our people')
    await nora.goTo('Records to erase')
    await nora.sees('0 cases.')
    await nora.audit('nothing to erase')
    const { keyboard } = nora.page
    const field = nora.page.getByLabel('Line of the record')
    for (const [text, told] of [['1-4', 'This is not such a line.'], ['999-4-7', 'No hospital of this portal keeps this record.']] as const) {
      await field.fill(text)
      await nora.sees(told)
      assert(await nora.page.getByRole('button', { name: 'Ask for it' }).isDisabled())
    }
    await field.fill(line)
    await field.press('Enter')
    await dialog(nora).getByRole('heading', { name: 'Have this record erased?' }).waitFor()
    await nora.audit('the question before an erasure')
    await dialog(nora).getByRole('button', { name: 'Yes, erase it' }).focus()
    await keyboard.press('Enter')
    await nora.sees('1 case.')
    await nora.sees(/^Nora Lind wants to erase 1 record of .*: the patient asked for it\. It is gone for good on /)
    await nora.sees('It can still be seen until then.')
    await nora.audit('what is to be erased')
    // Who asked for it asks for it once.
    assert.equal(await nora.page.getByRole('button', { name: 'I want it, too' }).count(), 0)
  })

  it('is hidden by its patient at once, and comes back where it is called off', async () => {
    const all = await records(peter)
    await openRecord(peter)
    await peter.sees(/^The hospital was asked to erase this record\. It is gone for good on /)
    await peter.press('Hide it now')
    await peter.audit('the question before hiding a record')
    await peter.press('Yes, hide it')
    await peter.sees('Nobody can see it from now on.')
    await shows(all - 1)
    await nora.press('Call it off')
    await nora.press('Yes, call it off')
    await nora.sees('0 cases.')
    await shows(all)
  })

  it('is hidden by a second admin, who alone calls it off then', async () => {
    await nora.page.getByLabel('Line of the record').fill(line)
    await nora.page.getByLabel('Why is it erased?').selectOption('it was put in by mistake')
    await nora.press('Ask for it')
    await nora.press('Yes, erase it')
    await nora.sees(/: it was put in by mistake\. It is gone for good on /)
    await jonas.signIn(words('Dr Jonas Brandt'), 'My patients')
    await jonas.goTo('Records to erase')
    await jonas.press('I want it, too')
    await jonas.press('Yes, hide it')
    await jonas.sees('Nobody can see it now.')
    await nora.lookAgainFor('Nobody can see it now.')
    assert.equal(await nora.page.getByRole('button', { name: 'Call it off' }).count(), 0)
    await jonas.press('Call it off')
    await jonas.press('Yes, call it off')
    await jonas.sees('0 cases.')
  })

  it('is told in German, on a phone', async () => {
    const look = { language: 'de', theme: 'dark', viewport: { width: 360, height: 740 } } as const
    await using visitor = await Visitor.arrive(chromium, world.portal, look)
    await visitor.signIn(words('Nora Lind'), 'Unsere Leute')
    await visitor.goTo('Zu löschende Einträge')
    await visitor.sees('0 Fälle.')
    await visitor.audit('erasures in German')
    const overflow = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert(overflow <= 0, `${overflow} pixels too wide for a phone`)
    assert.deepEqual([visitor, peter, nora, jonas].flatMap(({ complaints }) => complaints), [])
  })
})
