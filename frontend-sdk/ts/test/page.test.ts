import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { WebSocketServer } from 'ws'
import { browser, firefox, Site } from './site.ts'

/** How long a page may take on a busy machine. */
const PAGE_LIMIT_MS = 120_000

type Sdk = typeof import('./pages/sdk.ts')

/** What both drivers of browsers have. */
interface Page {
  evaluate<A, R>(script: (argument: A) => R | Promise<R>, argument: A): Promise<R>
  reload(): Promise<unknown>
}

/** A browser that was started, with a page of a site. */
interface Started {
  readonly page: Page
  /** What the page complained of: a violation of the policy is among it. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

async function inChromium(address: string): Promise<Started> {
  const chromium = await browser()
  const page = await chromium.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(address)
  return { page: page as Page, complaints, close: () => chromium.close() }
}

async function inFirefox(address: string): Promise<Started> {
  const fox = await firefox()
  const page = await fox.newPage()
  page.setDefaultTimeout(PAGE_LIMIT_MS)
  const complaints: string[] = []
  // That it asks for an icon by itself, and may not, is not the page's doing.
  page.on('pageerror', (error) => String(error).includes('/favicon.ico ') || complaints.push(String(error)))
  await page.goto(address)
  return { page: page as unknown as Page, complaints, close: () => fox.close() }
}

for (const [where, start] of [['in Chromium', inChromium], ['in Firefox', inFirefox]] as const) {
  describe(`a page without a server, ${where}`, { timeout: 600_000 }, () => {
    let site: Site
    let started: Started

    before(async () => {
      site = await Site.start()
      await site.addBundle(new URL('pages/sdk.ts', import.meta.url))
      site.add('/index.html', '<!doctype html><title>page</title>')
      started = await start(`${site.origin}/index.html`)
    })

    after(async () => {
      await started?.close()
      await site?.[Symbol.asyncDispose]()
    })

    it('loads the module under a policy without `unsafe-eval`', async () => {
      const id = await started.page.evaluate(async (address) => {
        const sdk = (await import(`${address}/sdk.js`)) as Sdk
        await sdk.init(new URL(sdk.wasm, address))
        return sdk.developmentAccount('Alice').id
      }, site.origin)
      assert.equal(id, '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d')
      assert.deepEqual(started.complaints, [])
    })

    it('says at once that nobody listens', async () => {
      const error = await started.page.evaluate(async (address) => {
        const { AegleError, Chain } = (await import(`${address}/sdk.js`)) as Sdk
        const thrown: unknown = await Chain.connect('ws://127.0.0.1:1').then(
          () => undefined,
          (error: unknown) => error,
        )
        return thrown instanceof AegleError ? { code: thrown.code, says: thrown.shortMessage, details: thrown.details } : undefined
      }, site.origin)
      assert.equal(error?.code, 'chain-unavailable')
      assert.match(error?.says ?? '', /^the node at ws:\/\/127\.0\.0\.1:1 cannot be reached: /)
      assert.deepEqual(error?.details, { url: 'ws://127.0.0.1:1' })
    })

    it('leaves a node that says nothing when its user gives up', async () => {
      const node = new WebSocketServer({ host: '127.0.0.1', port: 0 })
      await once(node, 'listening')
      const address = node.address()
      assert(typeof address === 'object' && address)
      const left = once(node, 'connection').then(async ([socket]) => await once(socket as WebSocket & NodeJS.EventEmitter, 'close'))
      const code = await started.page.evaluate(
        async ([address, url]) => {
          const { AegleError, Chain } = (await import(`${address}/sdk.js`)) as Sdk
          const thrown: unknown = await Chain.connect(url, AbortSignal.timeout(1_000)).catch((error: unknown) => error)
          return thrown instanceof AegleError ? thrown.code : String(thrown)
        },
        [site.origin, `ws://127.0.0.1:${address.port}`] as const,
      )
      assert.equal(code, 'aborted')
      await left
      node.close()
    })

    it('keeps keys over a reload, and no script can export what wraps them', async () => {
      const saved = await started.page.evaluate(async (address) => {
        const sdk = (await import(`${address}/sdk.js`)) as Sdk
        const keys = await sdk.openKeyStore()
        const phrase = sdk.generatePhrase()
        const ana = phrase.patient()
        await keys.save('ana', ana)
        keys.close()
        return { id: ana.account.id, secret: [...ana.exportSecret()], words: phrase.words() }
      }, site.origin)
      await started.page.reload()
      const loaded = await started.page.evaluate(async (address) => {
        const sdk = (await import(`${address}/sdk.js`)) as Sdk
        await sdk.init(new URL(sdk.wasm, address))
        const keys = await sdk.openKeyStore()
        const ana = await keys.loadPatient('ana')
        return { id: ana.account.id, secret: [...ana.exportSecret()], names: await keys.names(), members: Object.keys(ana) }
      }, site.origin)
      const { words, ...kept } = saved
      const { members, ...back } = loaded
      assert.deepEqual(back, { ...kept, names: ['ana'] })
      assert.deepEqual(members.filter((name) => /phrase|words|recovery|seed/i.test(name)), [], 'the keys give no words')
      await started.page.reload()
      const restored = await started.page.evaluate(async ([address, words]) => {
        const sdk = (await import(`${address}/sdk.js`)) as Sdk
        await sdk.init(new URL(sdk.wasm, address))
        const ana = sdk.phraseFromWords(words).patient()
        return { id: ana.account.id, secret: [...ana.exportSecret()] }
      }, [site.origin, words] as const)
      assert.deepEqual(restored, kept, 'the words bring back the same account and secret')
      const exported = await started.page.evaluate(async () => {
        const opened = indexedDB.open('aegle-keys')
        const database = await new Promise<IDBDatabase>((resolve) => (opened.onsuccess = () => resolve(opened.result)))
        const found: string[] = []
        for (const name of database.objectStoreNames) {
          const all = database.transaction(name).objectStore(name).getAll()
          const values = await new Promise<unknown[]>((resolve) => (all.onsuccess = () => resolve(all.result as unknown[])))
          for (const value of values) {
            if (!(value instanceof CryptoKey)) continue
            found.push(await crypto.subtle.exportKey('raw', value).then(() => 'exported', (error: DOMException) => error.name))
          }
        }
        return found
      }, undefined)
      assert.deepEqual(exported, ['InvalidAccessError'])
    })

    it('keeps the keys of several together, or none of them', async () => {
      const told = await started.page.evaluate(async (address) => {
        const sdk = (await import(`${address}/sdk.js`)) as Sdk
        await sdk.init(new URL(sdk.wasm, address))
        const keys = await sdk.openKeyStore()
        const [phrase, other] = [sdk.generatePhrase(), sdk.generatePhrase()]
        const code = (error: unknown) => (error instanceof sdk.AegleError ? error.code : String(error))
        const found = async () => (await keys.names()).filter((name) => name.startsWith('both/'))
        await keys.save('both/reader', other.reader())
        // The second of them is refused when the first has been written.
        const refused = await keys.saveTogether({ 'both/patient': phrase.patient(), 'both/reader': phrase.reader() }).catch(code)
        const afterwards = await found()
        const reader = (await keys.loadReader('both/reader')).account.id === other.reader().account.id
        await keys.remove('both/patient', 'both/reader')
        await keys.saveTogether({ 'both/patient': phrase.patient(), 'both/reader': phrase.reader() })
        const saved = await found()
        await keys.remove(...saved)
        const left = await found()
        keys.close()
        return { refused, afterwards, reader, saved, left }
      }, site.origin)
      const saved = ['both/patient', 'both/reader']
      assert.deepEqual(told, { refused: 'key-exists', afterwards: ['both/reader'], reader: true, saved, left: [] })
    })

    it('keeps of a phrase the keys of account and records, and neither its seed nor the recovery key', async () => {
      const vectors = await readFile(new URL('../../../tests/vectors/phrases.json', import.meta.url), 'utf8')
      const vector = (JSON.parse(vectors) as { phrases: Record<string, string>[] }).phrases.at(-1)!
      const kept = await started.page.evaluate(async ([address, words]) => {
        const sdk = (await import(`${address}/sdk.js`)) as Sdk
        await sdk.init(new URL(sdk.wasm, address))
        const keys = await sdk.openKeyStore()
        await keys.save('known', sdk.phraseFromWords(words).patient())
        keys.close()
        const asked = <T>(request: IDBRequest<T>) => new Promise<T>((resolve) => (request.onsuccess = () => resolve(request.result)))
        const database = await asked(indexedDB.open('aegle-keys'))
        const all = database.transaction([...database.objectStoreNames])
        const wrapping = (await asked(all.objectStore('wrapping').get('wrapping'))) as CryptoKey
        const record = await asked(all.objectStore('kept').get('known'))
        database.close()
        // What only this page's scripts can do: open what is kept.
        const additionalData = new TextEncoder().encode(JSON.stringify(['aegle/key-store/v1', 'patient', 'known']))
        const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: record.nonce, additionalData }, wrapping, record.wrapped)
        const hexadecimal = Array.from(new Uint8Array(opened), (byte) => byte.toString(16).padStart(2, '0')).join('')
        return { hexadecimal, members: Object.keys(record) }
      }, [site.origin, vector['phrase'] ?? ''] as const)
      const digits = (name: string) => vector[name]?.slice(2) ?? ''
      assert.equal(kept.hexadecimal, digits('account_key') + digits('master_secret'), 'these are all bytes that are kept')
      for (const name of ['entropy', 'recovery_key']) assert(digits(name).length === 64 && !kept.hexadecimal.includes(digits(name)), name)
      assert.deepEqual(kept.members.sort(), ['name', 'nonce', 'role', 'wrapped'])
    })
  })
}
