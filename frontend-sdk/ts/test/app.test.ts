import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Aegle, accountId, connect, generateAccount, generateReader, open, publishKeys, type Reader, search } from '@aegle/sdk'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { failure } from './failure.ts'
import { glucose, pulse } from './records.ts'
import { browser, Site } from './site.ts'
import { World } from './world.ts'

const app = fileURLToPath(new URL('../examples/app', import.meta.url))
/** The most lines of the example. */
const MAX_LINES = 150

describe('the example application, built by Vite, in Chromium', () => {
  let site: Site
  let world: World
  let aegle: Aegle
  let mia: Reader
  let chromium: Browser
  let page: Page
  let ana = ''
  const complaints: string[] = []

  before(async () => {
    site = await Site.start()
    world = await World.start([site.origin])
    const folder = await mkdtemp(join(tmpdir(), 'aegle-app-'))
    try {
      await build({ root: app, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } })
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue
        const path = join(entry.parentPath, entry.name)
        site.add(path.slice(folder.length), await readFile(path))
      }
    } finally {
      await rm(folder, { recursive: true })
    }
    aegle = await connect(await world.where())
    mia = generateReader(generateAccount())
    await world.fund(mia.account.id)
    await world.clinician(mia.account.id)
    await publishKeys(aegle, { of: mia })
    const told = { domain: world.domain, hospital: world.hospital, doctor: mia.account.address }
    site.add('/where.json', JSON.stringify({ ...(await world.where()), ...told }))
    chromium = await browser()
    page = await chromium.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    await page.goto(`${site.origin}/index.html`)
    ana = accountId('ana', (await page.textContent('#account')) ?? '')
    await world.fund(ana)
  })

  after(async () => {
    await chromium?.close()
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  it(`has at most ${MAX_LINES} lines`, async () => {
    const text = await readFile(join(app, 'main.tsx'), 'utf8')
    assert(text.split('\n').length <= MAX_LINES)
  })

  it('makes a card, and finds and reads what the hospital ingested', async () => {
    await page.click('#arrive')
    const made = page.locator('#card', { hasText: '"classes"' })
    await made.waitFor({ timeout: 60_000 })
    await world.ingest(JSON.parse((await made.textContent()) ?? ''), [glucose, pulse])
    await page.fill('#query', 'glucose')
    await page.click('#search')
    await page.locator('#found', { hasText: '1 found' }).waitFor()
    await page.click('li button')
    await page.locator('#record', { hasText: 'Glucose' }).waitFor()
    assert.deepEqual(JSON.parse((await page.textContent('#record')) ?? ''), glucose)
  })

  it('lets the doctor see after two clicks, and says so', async () => {
    const button = page.locator('aegle-consent button')
    const status = page.locator('aegle-consent [role=status]')
    assert.equal(await button.textContent(), 'Let Dr Mia see: laboratory')
    await button.click()
    assert.match((await button.textContent()) ?? '', /^Yes, until /)
    await button.click()
    await status.filter({ hasText: 'Dr Mia may see: laboratory, until' }).waitFor({ timeout: 60_000 })
    const { hits } = await search(aegle, { by: mia, patient: ana, domain: world.domain, query: '*' })
    assert.equal(hits.length, 1)
    assert.deepEqual((await open(aegle, { by: mia, record: hits[0]?.record ?? '' })).json(), glucose)
  })

  it('shows who looked', async () => {
    await page.click('#reload')
    await page.locator('#log', { hasText: `transform by ${mia.account.id}` }).waitFor()
  })

  it('knows what stands after a reload, and stops it', async () => {
    await page.reload()
    const button = page.locator('aegle-consent button', { hasText: 'Stop Dr Mia' })
    await button.click()
    await page.locator('aegle-consent [role=status]', { hasText: 'Dr Mia may see nothing more.' }).waitFor({ timeout: 60_000 })
    await failure(search(aegle, { by: mia, patient: ana, domain: world.domain, query: '*' }), 'service-refused')
    assert.deepEqual(complaints, [])
  })
})
