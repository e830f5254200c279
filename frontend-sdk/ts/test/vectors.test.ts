import assert from 'node:assert/strict'
import { access, readdir, readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openVectors } from './pages/segments.ts'
import { browser, firefox, Site } from './site.ts'

const vectors = new URL('../../../tests/vectors/', import.meta.url)
const module = new URL('../pkg-vectors/', import.meta.url)
await access(new URL('aegle_bg.wasm', module)).catch((cause: unknown) => {
  throw new Error('the module that checks the vectors is not built: run `scripts/sdk.sh --vectors` first', { cause })
})
/** How many vectors each file has at least, since a check that skips some is none; and a name in it whose value counts. */
const FILES: { readonly [file: string]: { readonly atLeast: number; readonly counts: string } } = {
  'delegation.json': { atLeast: 8, counts: 'encryption_key' },
  'merkle.json': { atLeast: 13, counts: 'tree_hash' },
  'phrases.json': { atLeast: 8, counts: 'recovery_account' },
  'records.json': { atLeast: 4, counts: 'leaf' },
  'relayed.json': { atLeast: 11, counts: 'signed_bytes' },
  'requests.json': { atLeast: 5, counts: 'hash' },
  'sealed-queries.json': { atLeast: 21, counts: 'code' },
  'sealed-rfc9497.json': { atLeast: 3, counts: 'output' },
  'sealed.json': { atLeast: 15, counts: 'label' },
}
/** By what FHIR resources are found, and what an indexer’s FHIR facade answers: the SDK reads neither. */
const UNUSED = ['keywords.json', 'fhir.json']

/** How many records there are at least whose ciphertext the file has. */
const OPENED = 3

type Check = (name: string, text: string) => Promise<number[]>
type Open = (text: string) => ReturnType<typeof openVectors>

/** The same text with the last character of a value changed, so that hexadecimal stays hexadecimal. */
function changed(text: string, name: string): string {
  const place = new RegExp(`"${name}": "[^"]+"`).exec(text)
  assert(place, `there is a ${name} to change`)
  const last = place.index + place[0].length - 2
  return `${text.slice(0, last)}${text[last] === '0' ? '1' : '0'}${text.slice(last + 1)}`
}

function suite(where: string, checker: () => Check, opener: () => Open) {
  describe(`golden vectors, as the native programs have them, ${where}`, () => {
    it('are all known', async () => {
      const files = (await readdir(vectors)).filter((name) => !UNUSED.includes(name))
      assert.deepEqual(files.sort(), Object.keys(FILES).sort())
    })

    for (const [name, { atLeast, counts }] of Object.entries(FILES)) {
      it(`hold: ${name}`, async () => {
        const text = await readFile(new URL(name, vectors), 'utf8')
        const right = await checker()(name, text)
        assert(right.length >= atLeast, `${right.length} vectors`)
        assert.deepEqual(right, right.map(() => 1))
        const wrong = await checker()(name, changed(text, counts))
        assert(wrong.includes(0), 'a changed vector is noticed')
      })
    }

    it('open by WebCrypto, segment by segment', async () => {
      const opened = await opener()(await readFile(new URL('records.json', vectors), 'utf8'))
      assert(opened.length >= OPENED, `${opened.length} records`)
      assert.deepEqual(opened, opened.map(() => ({ right: true, changed: false })))
    })
  })
}

{
  let [check, open]: [Check?, Open?] = []
  before(async () => {
    const core = (await import(new URL('aegle.js', module).href)) as typeof import('../pkg/aegle.js') & {
      checkVectors(name: string, text: string): Uint8Array
      openingOf: Parameters<typeof openVectors>[0]['openingOf']
    }
    await core.default({ module_or_path: new Uint8Array(await readFile(new URL('aegle_bg.wasm', module))) })
    check = async (name, text) => [...core.checkVectors(name, text)]
    open = async (text) => await openVectors(core, text)
  })
  suite('in Node.js', () => check!, () => open!)
}

/** Checks a file in a page, by the module of the page’s site. */
async function checkInPage([name, text, address]: readonly [string, string, string]): Promise<number[]> {
  const core = await import(`${address}/aegle.js`)
  await core.default({ module_or_path: `${address}/aegle_bg.wasm` })
  return [...(core.checkVectors(name, text) as Uint8Array)]
}

/** Opens the records of a file in a page. */
async function openInPage([text, address]: readonly [string, string]): Promise<Awaited<ReturnType<Open>>> {
  const core = await import(`${address}/aegle.js`)
  await core.default({ module_or_path: `${address}/aegle_bg.wasm` })
  const page = (await import(`${address}/segments.js`)) as typeof import('./pages/segments.ts')
  return await page.openVectors(core, text)
}

/** A site with the module, and an empty page. */
async function siteOfModule(): Promise<Site> {
  const site = await Site.start()
  try {
    await site.addFile('/aegle.js', new URL('aegle.js', module))
    await site.addFile('/aegle_bg.wasm', new URL('aegle_bg.wasm', module))
    await site.addBundle(new URL('pages/segments.ts', import.meta.url))
    site.add('/index.html', '<!doctype html><title>vectors</title>')
    return site
  } catch (error) {
    // A site that is open keeps the process.
    await site[Symbol.asyncDispose]()
    throw error
  }
}

{
  let site: Site
  let chromium: Browser
  let page: Page
  before(async () => {
    site = await siteOfModule()
    chromium = await browser()
    page = await chromium.newPage()
    await page.goto(`${site.origin}/index.html`)
  })
  after(async () => {
    await chromium?.close()
    await site?.[Symbol.asyncDispose]()
  })
  suite(
    'in Chromium',
    () => async (name, text) => page.evaluate(checkInPage, [name, text, site.origin] as const),
    () => async (text) => page.evaluate(openInPage, [text, site.origin] as const),
  )
}

{
  let site: Site
  let fox: Awaited<ReturnType<typeof firefox>>
  let page: Awaited<ReturnType<typeof fox.newPage>>
  before(async () => {
    site = await siteOfModule()
    fox = await firefox()
    page = await fox.newPage()
    await page.goto(`${site.origin}/index.html`)
  })
  after(async () => {
    await fox?.close()
    await site?.[Symbol.asyncDispose]()
  })
  suite(
    'in Firefox',
    () => async (name, text) => page.evaluate(checkInPage, [name, text, site.origin] as const),
    () => async (text) => page.evaluate(openInPage, [text, site.origin] as const),
  )
}
