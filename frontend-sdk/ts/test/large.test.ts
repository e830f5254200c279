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
/**
 * How long a task of a page’s thread may take, in copies of the record: its content is copied once to be in one piece, and a page
 * that decrypts it by itself takes more.
 */
const MAX_COPIES = 5
/** How often a record is opened, and copied: another program of the machine slows some of them. */
const RUNS = 5
/** For how long a page is held up, to see that it is noticed. */
const BUSY_MS = 2_000
/** The tasks that a page has at least while it opens a record. */
const MIN_TASKS = 100
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

/** Opens a record in a page, keeps its content there, and works for `busy` milliseconds. */
async function openInPage([address, where, secrets, record, busy]: readonly [string, Where, { seed: number[]; master: number[] }, string, number]) {
  const sdk = (await import(`${address}/sdk.js`)) as Sdk
  await using aegle = await sdk.connect({ ...where, wasm: new URL(sdk.wasm, address) })
  using ana = sdk.patientFromSecret(sdk.accountFromSeed(new Uint8Array(secrets.seed)), new Uint8Array(secrets.master))
  const opened = await sdk.open(aegle, { by: ana, record })
  for (const end = performance.now() + busy; performance.now() < end; );
  Object.assign(globalThis, { content: opened.content })
}

/** The length and the digest of what was opened: a browser digests much at once on the page’s thread, which is not of opening. */
async function readInPage() {
  const { content } = globalThis as unknown as { content: Uint8Array<ArrayBuffer> }
  return { bytes: content.length, digest: [...new Uint8Array(await crypto.subtle.digest('SHA-256', content))] }
}

/** Copies as many bytes as a record has, in one task of a page’s thread. */
async function copyInPage(bytes: number) {
  const content = new Uint8Array(bytes).fill(1)
  await new Promise((resolve) => setTimeout(resolve))
  return new Uint8Array(content).length
}

/** An event of Chromium’s trace: times are in microseconds, `tdur` that of the thread itself, whatever else the machine does. */
interface Traced {
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/** The milliseconds that each task of a page’s thread took of it. */
function tasks(trace: string): number[] {
  const { traceEvents } = JSON.parse(trace) as { traceEvents: Traced[] }
  const pages = traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
  const ofPage = ({ pid, tid }: Traced) => pages.some((page) => page.pid === pid && page.tid === tid)
  return traceEvents.filter((event) => /RunTask$/.test(event.name) && ofPage(event)).map(({ tdur }) => (tdur ?? 0) / 1_000)
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

  const traced = async (work: () => Promise<unknown>) => {
    await chromium.startTracing(page, { categories: ['toplevel', '__metadata'] })
    await work()
    return tasks((await chromium.stopTracing()).toString())
  }
  const inPage = async (busy: number) => {
    const secrets = { seed: [...ana.account.exportSeed()], master: [...ana.exportSecret()] }
    const where = await world.where()
    return await traced(() => page.evaluate(openInPage, [site.origin, where, secrets, record, busy] as const))
  }

  it('opens in Chromium, and never holds up the page for long', async (context) => {
    const expected = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
    // What is compiled and connected once is not of this record.
    await inPage(0)
    const [opening, copying]: [number[], number[]] = [[], []]
    for (let run = 0; run < RUNS; run += 1) {
      const tasks = await inPage(0)
      const { bytes, digest } = await page.evaluate(readInPage)
      assert.equal(bytes, text.length)
      assert.deepEqual(digest, [...expected])
      assert(tasks.length >= MIN_TASKS, `${tasks.length} tasks`)
      opening.push(Math.max(...tasks))
      copying.push(Math.max(...(await traced(() => page.evaluate(copyInPage, text.length)))))
    }
    const [longest, copy] = [Math.min(...opening), Math.min(...copying)]
    context.diagnostic(`the longest task took ${longest.toFixed(0)} ms of the page’s thread, and a copy ${copy.toFixed(0)} ms`)
    assert(longest <= MAX_COPIES * copy, `${longest} ms, and a copy takes ${copy} ms`)
    assert(Math.max(...(await inPage(BUSY_MS))) > MAX_COPIES * copy, 'work is noticed')
  })

  it('is streamed in the memory of a part of it', async (context) => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const memory = () => {
      collect()
      const { arrayBuffers, external } = process.memoryUsage()
      return arrayBuffers + external
    }
    /** What a stream takes at most besides what was taken before, where its parts are kept or let go. */
    const streamed = async (keeps: boolean) => {
      await using stream = await openStream(aegle, { by: ana, record })
      const [before, kept]: [number, Uint8Array[]] = [memory(), []]
      let [length, parts, most] = [0, 0, 0]
      for await (const part of stream.content) {
        length += part.length
        parts += 1
        if (keeps) kept.push(part)
        if (parts % PARTS === 0) most = Math.max(most, memory() - before)
      }
      assert.equal(length, text.length)
      assert(parts > 2 * PARTS, `${parts} parts`)
      return most
    }
    const most = await streamed(false)
    context.diagnostic(`${(most / 1024 / 1024).toFixed(1)} MiB at most`)
    assert(most < MAX_MEMORY_BYTES, `${most} bytes`)
    assert((await streamed(true)) > MAX_MEMORY_BYTES, 'what is kept is noticed')
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
