import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { grants, guardians, requests } from '@aegle/sdk'
import type { Browser } from 'playwright-core'
import { CAST } from '../stage/cast.ts'
import { type Someone, World } from '../stage/world.ts'
import { browser, Visitor } from './visitor.ts'

const [UNION, CHAMBER] = ['Patients Union', 'Medical Chamber']

describe('the portal where keys are split among the proxies of three organisations', () => {
  let world: World
  let chromium: Browser
  let peter: Visitor
  let mia: Visitor
  let ofPeter: Someone
  let ofMia: Someone
  let ofJonas: Someone

  before(async () => {
    world = await World.start({ cast: CAST, proxies: [UNION, CHAMBER] })
    chromium = await browser()
    ofPeter = world.person('Peter Chalmers')
    ofMia = world.person('Dr Mia Weber')
    ofJonas = world.person('Dr Jonas Brandt')
    peter = await Visitor.arrive(chromium, world.portal)
    mia = await Visitor.arrive(chromium, world.portal)
  })

  after(async () => {
    await chromium?.close()
    await world?.[Symbol.asyncDispose]()
  })

  /** Mia begins anew, so that what she opened before is opened again. */
  async function openAnew(): Promise<void> {
    await mia.page.goto('about:blank')
    await mia.page.goto(world.portal)
    await mia.signIn(ofMia.words, 'My patients')
    await mia.page.getByRole('link').filter({ hasText: /Chalmers|Patient / }).first().click()
    await mia.page.getByRole('list', { name: 'Records' }).getByRole('link').first().click()
  }

  it('is allowed to ask the proxies, and no other server', async () => {
    const policy = (await fetch(world.portal)).headers.get('content-security-policy') ?? ''
    const settings = (await (await fetch(`${world.portal}portal.json`)).json()) as { proxies: { name: string; url: string }[] }
    assert.deepEqual(settings.proxies.map(({ name }) => name), [UNION, CHAMBER])
    const [, allowed = ''] = /connect-src ([^;]*);/.exec(policy) ?? []
    for (const { url } of settings.proxies) assert(allowed.split(' ').includes(url), allowed)
    assert(!/\*|https?:(\s|$)/.test(allowed), allowed)
  })

  it('lets a patient let somebody in, who opens by two of three', async () => {
    await peter.signIn(ofPeter.words, 'My records')
    await peter.goTo('Who may see')
    await peter.press('Let Dr Mia Weber in')
    await peter.press('Yes, let them in')
    await peter.sees('You let 1 person or group in.')
    await openAnew()
    await mia.sees('no one has changed this record since North Hospital stored it')
  })

  it('shows who looked at every server', async () => {
    await peter.goTo('Who has looked')
    await peter.sees(/the list has no gap, and all \d+ entries fit what you allowed/)
    await peter.sees(/^Dr Mia Weber opened \d+ of your records? to treat you\.$/)
    await peter.page.getByText(/^Show the proof of \d+ steps$/).first().click()
    await peter.sees(/^Entry \d+ on the server of this portal, .*: one half of the key to it\./)
    await peter.sees(new RegExp(`^Entry \\d+ on ${UNION}, .*: one half of the key to it\\.`))
    await peter.audit('the log of several servers')
  })

  it('lets a patient answer who asks: with less than that, or with no', async () => {
    const aegle = await world.connect()
    try {
      for (const { keys } of [ofMia, ofJonas]) await world.ask(aegle, keys, 'Peter Chalmers')
      await peter.goTo('My records')
      await peter.goTo('Who may see')
      await peter.sees(/^Dr Jonas Brandt asks to see all your records to treat you, until /)
      await peter.sees('This answer does not open your most private records.')
      await peter.audit('requests')
      await peter.press('Answer Dr Jonas Brandt')
      const dialog = peter.page.getByRole('dialog')
      await dialog.getByLabel('lab results').uncheck()
      await dialog.getByLabel('For how long?').selectOption('7 days')
      await peter.audit('the answer to a request')
      const asked = (await dialog.locator('.sentence').textContent()) ?? ''
      assert(!asked.includes('lab results') && asked.includes('letters and notes'), asked)
      await peter.press('Yes, let them in')
      await peter.sees('You let 2 people or groups in.')
      await peter.page.locator('section[aria-labelledby=now] li .sentence').filter({ hasText: asked }).waitFor()
      await peter.press('Say no to Dr Mia Weber')
      await peter.page.getByRole('heading', { name: 'People who ask to see your records' }).waitFor({ state: 'detached' })
      for (const { keys } of [ofMia, ofJonas]) assert.deepEqual((await requests(aegle, { of: keys.reader })).requests, [])
      const { grants: given } = await grants(aegle, { of: ofPeter.keys.patient })
      const [his] = given.filter(({ to, ended }) => !ended && to.kind === 'account' && to.account === ofJonas.keys.reader.account.id)
      assert(his?.classes?.includes('documents') && !his.classes.includes('laboratory'), his?.sentence)
      await peter.press('Stop Dr Jonas Brandt')
      await peter.press('Yes, stop it')
      await peter.sees('You let 1 person or group in.')
    } finally {
      await aegle.disconnect()
    }
  })

  it('lets a patient name who may act for them, by keyboard', async () => {
    const [mias, jonas] = [ofMia, ofJonas].map(({ keys }) => keys.reader.account.address)
    await peter.goTo('Who helps me')
    await peter.sees('No one can act for you.')
    await peter.audit('no guardians')
    const { keyboard } = peter.page
    await peter.page.getByLabel('Their code').fill('no code')
    await keyboard.press('Enter')
    await peter.page.getByRole('alert').waitFor()
    for (const code of [mias!, jonas!]) {
      await peter.page.getByLabel('Their code').fill(code)
      await keyboard.press('Enter')
    }
    await peter.page.getByRole('button', { name: 'Take Dr Jonas Brandt off the list' }).waitFor()
    await peter.page.getByLabel('How many of them must agree?').selectOption('2 of them')
    await peter.audit('guardians that are chosen')
    await peter.page.getByRole('button', { name: 'Next' }).focus()
    await keyboard.press('Enter')
    await peter.audit('the question before guardians are named')
    const asked = await peter.page.getByRole('dialog').locator('.sentence').textContent()
    assert.match(asked ?? '', /^Dr Mia Weber and Dr Jonas Brandt can act for you together, until /)
    await peter.page.getByRole('button', { name: 'Yes, name them' }).focus()
    await keyboard.press('Enter')
    await peter.page.locator('section[aria-labelledby=guardians-now] .sentence').filter({ hasText: asked ?? '' }).waitFor()
    await peter.sees('It takes 2 of them.')
    const aegle = await world.connect()
    try {
      const { accounts, threshold } = await guardians(aegle, { of: ofPeter.keys.patient.account.id })
      assert.deepEqual([accounts, threshold], [[ofMia, ofJonas].map((one) => one.keys.reader.account.id), 2])
    } finally {
      await aegle.disconnect()
    }
    await peter.press('No one shall act for me')
    await peter.sees('This will hold in three days.')
    await peter.press('Yes, stop it')
    await peter.sees(/^This will change on .* Then this holds:$/)
    await peter.audit('guardians that are to go')
  })

  it('goes on while one of them is gone, and names it', async () => {
    await world.stop(UNION)
    await openAnew()
    await mia.sees('no one has changed this record since North Hospital stored it')
    await peter.goTo('Who has looked')
    await peter.sees(`We could not ask ${UNION} who has looked there. Lines may be missing here.`)
    await peter.sees(/the list has no gap/)
    await peter.audit('the log while a server is gone')
  })

  it('says so when two of them are gone', async () => {
    await world.stop(CHAMBER)
    await openAnew()
    await mia.sees('Too few of the servers that hold a part of the key answer now.')
    await mia.sees(/too-few-proxies: .* unreachable, .* unreachable/)
    await mia.audit('a record of which too few keys are to be had')
    await peter.goTo('Who may see')
    await peter.press('Let Dr Jonas Brandt in')
    await peter.press('Yes, let them in')
    await peter.sees('Too few of the servers that hold a part of the key answer now.')
    assert.deepEqual([...peter.complaints, ...mia.complaints], [])
  })
})
