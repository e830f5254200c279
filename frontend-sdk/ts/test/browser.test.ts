import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { glucose, pulse } from './records.ts'
import { browser, Site } from './site.ts'
import { World } from './world.ts'

const example = (name: string) => new URL(`../examples/consent/${name}`, import.meta.url)

describe('in Chromium, a patient grants, and a clinician searches and opens', () => {
  let site: Site
  let world: World
  let chromium: Browser
  let patient: Page
  let clinician: Page
  let [ana, mia] = ['', '']
  /** What the pages complained of: a violation of the policy is among it. */
  const complaints: string[] = []
  /** What went over the wire in clear text. */
  const traffic: string[] = []

  async function page(as: string): Promise<Page> {
    const context = await chromium.newContext()
    const opened = await context.newPage()
    opened.on('pageerror', (error) => complaints.push(error.message))
    opened.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text())
    })
    opened.on('request', (request) => traffic.push(`${request.url()} ${request.postData() ?? ''}`))
    opened.on('websocket', (socket) => socket.on('framesent', ({ payload }) => traffic.push(String(payload))))
    await opened.goto(`${site.origin}/index.html?as=${as}`)
    await said(opened, 'ready')
    return opened
  }

  async function said(page: Page, text: string): Promise<void> {
    await page.waitForFunction(
      (expected) => {
        const status = document.getElementById('status')?.textContent ?? ''
        return status !== '' && status !== 'working' && (expected === '' || status.includes(expected))
      },
      text,
      { timeout: 60_000 },
    )
  }

  /** Presses a button, and waits until the page says so. */
  async function press(page: Page, id: string, expected: string): Promise<void> {
    await page.click(`[id="${id}"]`)
    await said(page, '')
    const status = (await page.textContent('#status')) ?? ''
    assert(status.includes(expected), `${id}: ${status}`)
  }

  before(async () => {
    site = await Site.start()
    world = await World.start([site.origin])
    await site.addBundle(example('main.ts'))
    await site.addFile('/index.html', example('index.html'))
    site.add('/where.json', JSON.stringify({ ...(await world.where()), domain: world.domain }))
    chromium = await browser()
    patient = await page('patient')
    clinician = await page('clinician')
    ana = (await patient.textContent('#account')) ?? ''
    mia = (await clinician.textContent('#account')) ?? ''
    await world.fund(ana)
    await world.fund(mia)
    await world.clinician(mia)
  })

  after(async () => {
    await chromium?.close()
    await world?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  it('publishes keys, and makes a card for the hospital', async () => {
    await press(patient, 'publish', 'published')
    await press(clinician, 'publish', 'published')
    await patient.fill('#hospital', world.hospital)
    await press(patient, 'card', 'made')
    await world.ingest(JSON.parse((await patient.textContent('#made')) ?? ''), [glucose, pulse])
  })

  it('refuses the clinician before there is a grant', async () => {
    await clinician.fill('#whose', ana)
    await clinician.fill('#query', 'glucose')
    await press(clinician, 'search', 'service-refused')
  })

  it('lets the clinician search and open after the patient granted', async () => {
    await patient.fill('#reader', mia)
    await press(patient, 'grant', 'grant 1 stands')
    await press(clinician, 'search', '1 found')
    const id = await clinician.getAttribute('#hits button', 'id')
    await press(clinician, id ?? '', 'opened by grant 1')
    assert.deepEqual(JSON.parse((await clinician.textContent('#record')) ?? ''), glucose)
  })

  it('has the same keys in a second tab, and after the page was loaded anew', async () => {
    await clinician.reload()
    await said(clinician, 'ready')
    assert.equal(await clinician.textContent('#account'), mia)
    const tab = await clinician.context().newPage()
    await tab.goto(clinician.url())
    await said(tab, 'ready')
    assert.equal(await tab.textContent('#account'), mia)
    await tab.close()
    await clinician.fill('#whose', ana)
    await clinician.fill('#query', 'glucose')
    await press(clinician, 'search', '1 found')
  })

  it('keeps keys under one that no script can read', async () => {
    const found = await clinician.evaluate(async () => {
      const asked = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result)
          request.onerror = () => reject(request.error)
        })
      const database = await asked(indexedDB.open('aegle-keys'))
      const all = async (name: string) => asked(database.transaction(name).objectStore(name).getAll())
      const [[wrapping], kept] = (await Promise.all([all('wrapping'), all('kept')])) as [CryptoKey[], { wrapped: ArrayBuffer }[]]
      if (!wrapping) return undefined
      const exported = await crypto.subtle.exportKey('raw', wrapping).then(
        () => 'exported',
        (error: DOMException) => error.name,
      )
      return { exported, lengths: kept.map(({ wrapped }) => wrapped.byteLength) }
    })
    assert.deepEqual(found, { exported: 'InvalidAccessError', lengths: [2 * 32 + 16] })
  })

  it('refuses the clinician after the patient stopped it', async () => {
    await press(patient, 'revoke', 'stopped')
    await press(clinician, 'search', 'service-refused')
  })

  it('lets the policy stand, and the query out of what is sent', () => {
    assert.deepEqual(complaints, [])
    assert(traffic.some((sent) => sent.includes('/v1/search')))
    const telling = traffic.filter((sent) => /glucose|15074-8|6\.3/i.test(sent))
    assert.deepEqual(telling, [])
  })
})
