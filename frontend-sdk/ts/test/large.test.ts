import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Browser, Page } from 'playwright-core'
import { type Aegle, connect, createCard, generateAccount, generatePatient, open, openStream, type Patient, publishKeys, search } from '@aegle/sdk'
import { saveRecord } from '../examples/save-record.ts'
import { failure } from './failure.ts'
import { browser, Site } from './site.ts'
import { type Changes, Way } from './way.ts'
import { World } from './world.ts'

/** The bytes of the image, of which base64 makes a third more: 16 MiB. */
const IMAGE_BYTES = 12 * 1024 * 1024
/** The most memory that a stream of it may take at once. */
const MAX_MEMORY_BYTES = 6 * 1024 * 1024
/** How long a page’s thread may be held up. */
const MAX_BLOCKED_MS = 100
/** How often that is measured, of which the best counts: a busy machine holds up any page. */
const MEASUREMENTS = 4
/** After how many parts memory is looked at. */
const PARTS = 32

type Sdk = typeof import('./pages/sdk.ts')
type Where = Awaited<ReturnType<World['where']>>

const mri = {
  resourceType: 'DocumentReference',
  id: 'mri',
  status: 'current',
  subject: { reference: 'Patient/17' },
  type: { coding: [{ system: 'http://loinc.org', code: '24590-2', display: 'MR Brain' }] },
  content: [{ attachment: { contentType: 'application/dicom', data: randomBytes(IMAGE_BYTES).toString('base64') } }],
}
const text = JSON.stringify(mri)

/** Opens a record in a page, and says how long its thread was held up at most; of `busy` milliseconds of work, as a check. */
async function openInPage([address, where, secrets, record, busy]: readonly [string, Where, { seed: number[]; master: number[] }, string, number]) {
  const sdk = (await import(`${address}/sdk.js`)) as Sdk
  await using aegle = await sdk.connect({ ...where, wasm: new URL(sdk.wasm, address) })
  const account = sdk.accountFromSeed(new Uint8Array(secrets.seed))
  using ana = sdk.patientFromSecret(account, new Uint8Array(secrets.master))
  let [blocked, last, measuring] = [0, performance.now(), true]
  const channel = new MessageChannel()
  channel.port1.onmessage = () => {
    const now = performance.now()
    blocked = Math.max(blocked, now - last)
    last = now
    if (measuring) channel.port2.postMessage(null)
  }
  last = performance.now()
  channel.port2.postMessage(null)
  const began = performance.now()
  const opened = await sdk.open(aegle, { by: ana, record })
  const taken = performance.now() - began
  for (const end = performance.now() + busy; performance.now() < end; );
  await new Promise((resolve) => setTimeout(resolve, 10))
  measuring = false
  channel.port1.close()
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(opened.content)))
  return { blocked, taken, bytes: opened.content.length, digest: [...digest] }
}

describe('a record of 16 MiB', { timeout: 900_000 }, () => {
  let site: Site
  let world: World
  let aegle: Aegle
  let ana: Patient
  let record: string
  let chromium: Browser
  let page: Page

  before(async () => {
    site = await Site.start()
    world = await World.start([site.origin])
    aegle = await connect(await world.where())
    ana = generatePatient(generateAccount())
    await world.fund(ana.account.id)
    await publishKeys(aegle, { of: ana })
    await world.ingestText(await createCard(aegle, { patient: ana, custodian: world.hospital }), text)
    const { hits } = await search(aegle, { by: ana, domain: world.domain, query: 'type:DocumentReference' })
    record = hits[0]!.record
    await site.addBundle(new URL('pages/sdk.ts', import.meta.url))
    site.add('/index.html', '<!doctype html><title>large</title>')
    chromium = await browser()
    page = await chromium.newPage()
    await page.goto(`${site.origin}/index.html`)
  })

  after(async () => {
    await chromium?.close()
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  const inPage = async (busy: number) => {
    const secrets = { seed: [...ana.account.exportSeed()], master: [...ana.exportSecret()] }
    return await page.evaluate(openInPage, [site.origin, await world.where(), secrets, record, busy] as const)
  }

  it(`opens in Chromium, and holds up the page for ${MAX_BLOCKED_MS} ms at most`, async (context) => {
    const expected = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
    let least = Infinity
    for (let measurement = 0; measurement < MEASUREMENTS && least > MAX_BLOCKED_MS; measurement += 1) {
      const { blocked, taken, bytes, digest } = await inPage(0)
      assert.equal(bytes, text.length)
      assert.deepEqual(digest, [...expected])
      context.diagnostic(`opened in ${taken.toFixed(0)} ms, and held up the page for ${blocked.toFixed(0)} ms`)
      least = Math.min(least, blocked)
    }
    assert(least <= MAX_BLOCKED_MS, `${least} ms`)
    assert((await inPage(2 * MAX_BLOCKED_MS)).blocked > MAX_BLOCKED_MS, 'work is noticed')
  })

  it('is streamed in the memory of a part of it', async (context) => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const memory = () => {
      collect()
      const { arrayBuffers, external } = process.memoryUsage()
      return arrayBuffers + external
    }
    await using stream = await openStream(aegle, { by: ana, record })
    const before = memory()
    let [length, parts, most] = [0, 0, 0]
    for await (const part of stream.content) {
      length += part.length
      parts += 1
      if (parts % PARTS === 0) most = Math.max(most, memory() - before)
    }
    context.diagnostic(`${parts} parts, and ${(most / 1024 / 1024).toFixed(1)} MiB at most`)
    assert.equal(length, text.length)
    assert(parts > 2 * PARTS, `${parts} parts`)
    assert(most < MAX_MEMORY_BYTES, `${most} bytes`)
  })

  it('is written into a file while it comes', async () => {
    const path = join(world.folder, 'mri.json')
    await saveRecord(aegle, ana, record, path)
    assert.equal(await readFile(path, 'utf8'), text)
  })

  it('ends with an error where its last segment was changed, or its caller gives up', async () => {
    const changes: Changes = { bytes: (path, body) => (path.startsWith('/v1/ciphertexts/') ? Buffer.concat([body.subarray(0, -1), Buffer.from([body.at(-1)! ^ 1])]) : body) }
    await using way = await Way.to(world.indexer, changes)
    const where = await world.where()
    const servers = { ...where.addresses.servers, [way.url]: { account: aegle.indexer.account } }
    await using changed = await connect({ ...where, addresses: { ...where.addresses, servers }, indexer: way.url })
    const path = join(world.folder, 'false.json')
    const error = await failure(saveRecord(changed, ana, record, path), 'false-answer')
    assert(error.tampering)
    assert.equal(await readFile(path, 'utf8'), '')
    const patience = new AbortController()
    const taken = (async () => {
      await using stream = await openStream(aegle, { by: ana, record, signal: patience.signal })
      for await (const part of stream.content) if (part.length > 0) patience.abort(new Error('enough'))
    })()
    assert.equal((await failure(taken, 'aborted')).shortMessage, 'the action was ended by its caller')
    const whole = open(aegle, { by: ana, record, signal: AbortSignal.timeout(20) })
    assert.equal((await failure(whole)).code, 'aborted')
    await using given = await openStream(aegle, { by: ana, record })
    await given.content.next()
    const next = given.content.next()
    await given.cancel()
    await next.catch((cause: unknown) => assert.equal((cause as { code?: string }).code, 'aborted'))
    assert.deepEqual(await given.content.next(), { value: undefined, done: true })
  })
})
