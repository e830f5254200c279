import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { breakGlass } from '@aegle/sdk'
import type { Browser, WebSocketRoute } from 'playwright-core'
import { BILLS } from '../stage/bills.ts'
import { OFFICES } from '../stage/cast.ts'
import { World } from '../stage/world.ts'
import { browser, Visitor } from './visitor.ts'

/** How a node is asked which roles of an account count: the selector of the message `effective_roles`. */
const EFFECTIVE_ROLES = '83785cc9'

/** The way of a visitor to the node, which a test can cut. */
async function wayToNode(visitor: Visitor, chain: string): Promise<{ answers: (asked: string) => boolean; cut(): Promise<void> }> {
  const way = { answers: (_: string) => true, cut: async () => {} }
  await visitor.page.routeWebSocket((url) => url.origin === new URL(chain).origin, (page: WebSocketRoute) => {
    const node = page.connectToServer()
    page.onMessage((message) => {
      if (way.answers(message.toString())) node.send(message)
    })
    way.cut = async () => {
      await node.close()
      await page.close()
    }
  })
  return way
}

describe('the portal when something is interrupted', () => {
  let world: World
  let chromium: Browser

  before(async () => {
    world = await World.start({ cast: OFFICES, more: BILLS })
    chromium = await browser()
  })

  after(async () => {
    await chromium?.close()
    await world?.[Symbol.asyncDispose]()
  })

  const words = (name: string) => world.person(name).words
  const dialog = (visitor: Visitor) => visitor.page.getByRole('dialog')

  it('says that a role was taken though it could not look again which pages there are, and looks again', async () => {
    const trust = await world.offer('Dr Mia Weber', 'researcher')
    await using mia = await Visitor.arrive(chromium, world.portal)
    const way = await wayToNode(mia, world.chain)
    await mia.page.reload()
    await mia.signIn(words('Dr Mia Weber'), 'My patients')
    await mia.goTo('About me')
    await mia.press(`Accept what organisation ${trust} offers`)
    way.answers = (asked) => !asked.includes(EFFECTIVE_ROLES)
    await dialog(mia).getByRole('button', { name: 'Yes, accept it' }).click()
    await mia.sees(`You work for organisation ${trust} now.`)
    await mia.page.locator('.notice.strong').first().waitFor()
    assert.equal(await mia.page.getByRole('link', { name: 'Count patients' }).count(), 0)
    await mia.audit('a role that was taken, where looking again failed')
    way.answers = () => true
    await mia.press('Try again')
    await mia.page.getByRole('navigation').getByRole('link', { name: 'Count patients' }).waitFor()
    assert.equal(await mia.page.locator('.notice.strong').count(), 0)
  })

  it('keeps the reasons of a review of which nobody knows whether it is in the register', async () => {
    const aegle = await world.connect()
    const patient = world.person('Peter Chalmers').keys.patient.account.id
    const by = world.person('Dr Mia Weber').keys.reader
    await breakGlass(aegle, { by, patient, reason: 1, why: 'no pulse' }).finally(() => aegle.disconnect())
    await using nora = await Visitor.arrive(chromium, world.portal)
    const way = await wayToNode(nora, world.chain)
    await nora.page.reload()
    await nora.type(words('Nora Lind'))
    await nora.page.getByRole('navigation').waitFor()
    await nora.goTo('Check emergencies')
    await nora.press('Check what Dr Mia Weber did')
    await dialog(nora).getByLabel('There was a need for it').check()
    await dialog(nora).getByLabel('Say why, in your own words').fill('the ward was asked')
    // The node is gone once it has the transaction.
    way.answers = (asked) => {
      if (/submitAndWatch/.test(asked)) setTimeout(() => void way.cut(), 500)
      return true
    }
    await nora.press('Put it in the register')
    const kept = dialog(nora).locator('textarea.code')
    await kept.waitFor()
    const { why, justified, salt } = JSON.parse(await kept.inputValue()) as { why: string; justified: boolean; salt: string }
    assert.deepEqual([why, justified, /^0x[0-9a-f]{64}$/.test(salt)], ['the ward was asked', true, true])
    await nora.audit('a review of which nobody knows whether it is in the register')
  })

  it('opens no more records for who leaves the page while a sum is made', async () => {
    await using tom = await Visitor.arrive(chromium, world.portal)
    await tom.signIn(words('Tom Becker'), 'Add up bills')
    const given: string[] = []
    tom.page.on('requestfailed', (request) => given.push(request.url()))
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>()
    await tom.page.route('**/v1/ciphertexts/**', () => isAsked())
    await tom.press(/^Add up for \d+ patients?$/)
    await asked
    await tom.goTo('About me')
    await tom.page.waitForTimeout(1_000)
    assert(given.some((url) => url.includes('/v1/ciphertexts/')), 'what runs is ended')
    const before = tom.traffic.length
    await tom.page.waitForTimeout(3_000)
    assert.deepEqual(tom.traffic.slice(before).filter((one) => one.includes('/v1/')), [])
    assert.deepEqual(tom.complaints, [])
  })
})
