import assert from 'node:assert/strict'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/** What a test waits for at most, on a machine that is busy with other things too. */
export const PATIENCE_MS = 240_000

/** The browser that `scripts/setup.sh` installs. */
export async function browser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: process.env['AEGLE_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update'],
  })
}

/** How long what somebody looks for may need to be shown, before they look again. */
const LOOK_MS = 2_000

interface Look {
  readonly language?: 'en' | 'de'
  readonly theme?: 'light' | 'dark'
  readonly viewport?: { width: number; height: number }
}

/** Somebody at a browser of their own: what they send and what they are shown is kept. */
export class Visitor {
  readonly context: BrowserContext
  readonly page: Page
  /** What went over the wire, in either direction. */
  readonly traffic: string[] = []
  /** What the page complained of: a breach of its policy, or an error that nobody caught. */
  readonly complaints: string[] = []

  private constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('console', (message) => {
      if (/Content Security Policy|integrity|TrustedHTML/i.test(message.text())) this.complaints.push(message.text())
    })
    page.on('request', (request) => this.traffic.push(`${request.url()} ${request.postData() ?? ''}`))
    page.on('response', (response) => {
      const keep = (body: Buffer) => this.traffic.push(body.toString('latin1'))
      response.body().then(keep, () => undefined)
    })
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => this.traffic.push(payload.toString()))
      socket.on('framereceived', ({ payload }) => this.traffic.push(payload.toString()))
    })
  }

  static async arrive(chromium: Browser, portal: string, { language = 'en', theme = 'light', viewport }: Look = {}): Promise<Visitor> {
    const context = await chromium.newContext({
      locale: language,
      colorScheme: theme,
      reducedMotion: 'reduce',
      viewport: viewport ?? { width: 1_000, height: 800 },
    })
    context.setDefaultTimeout(PATIENCE_MS)
    const visitor = new Visitor(context, await context.newPage())
    await visitor.page.goto(portal)
    return visitor
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close()
  }

  /** Presses what is called so. */
  async press(name: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name, exact: typeof name === 'string' }).click()
  }

  /** Goes where a link of the menu leads. */
  async goTo(name: string): Promise<void> {
    await this.page.getByRole('navigation').getByRole('link', { name, exact: true }).click()
    await this.heading(name)
  }

  /** Waits for a page of that heading. */
  async heading(name: string | RegExp): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name }).waitFor()
  }

  /** Waits until the page has a text. */
  async sees(text: string | RegExp): Promise<void> {
    try {
      await this.page.getByText(text).first().waitFor()
    } catch (cause) {
      throw new Error(`${text} is not on this page:\n${await this.page.locator('body').innerText()}`, { cause })
    }
  }

  /** Looks again until a text is there: what one browser has seen done, another one’s node may see a moment later. */
  async lookAgainFor(text: string | RegExp): Promise<void> {
    const sought = this.page.getByText(text).first()
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
      await this.press('Look again')
      if (await sought.waitFor({ timeout: LOOK_MS }).then(() => true, () => false)) return
    }
    await this.sees(text)
  }

  /** Types words, and signs in. */
  async type(words: string): Promise<void> {
    await this.page.locator('#words').fill(words)
    await this.page.getByRole('button', { name: /^(Sign in|Anmelden)$/ }).click()
  }

  /** Signs in by words, and waits for the first page. */
  async signIn(words: string, first: string): Promise<void> {
    await this.type(words)
    await this.heading(first)
  }

  /** Holds the page to WCAG 2.2 AA, in both themes. */
  async audit(what: string): Promise<void> {
    for (const theme of ['light', 'dark']) {
      const found = await this.page.evaluate(
        async ([source, wanted]) => {
          const before = document.documentElement.dataset['theme']
          document.documentElement.dataset['theme'] = wanted
          if (!('axe' in window)) (0, eval)(source)
          const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
          const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document, { runOnly: tags })
          document.documentElement.dataset['theme'] = before
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
        },
        [axe.source, theme] as const,
      )
      assert.deepEqual(found, [], `${what}, ${theme}`)
    }
  }

  /** Everything that the browser keeps of the portal, as text. */
  async stored(): Promise<string> {
    return await this.page.evaluate(async () => {
      const asked = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result)
          request.onerror = () => reject(request.error)
        })
      const written = (_: string, value: unknown) => {
        if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
          const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer)
          return `${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')} ${new TextDecoder('latin1').decode(bytes)}`
        }
        return value
      }
      const kept: unknown[] = [{ ...localStorage }, { ...sessionStorage }, document.cookie]
      for (const { name = '' } of await indexedDB.databases()) {
        const database = await asked(indexedDB.open(name))
        for (const store of database.objectStoreNames) {
          const table = database.transaction(store).objectStore(store)
          kept.push(name, store, await asked(table.getAllKeys()), await asked(table.getAll()))
        }
        database.close()
      }
      for (const name of await caches.keys()) {
        const cache = await caches.open(name)
        for (const request of await cache.keys()) kept.push(name, request.url, await (await cache.match(request))?.text())
      }
      return JSON.stringify(kept, written)
    })
  }
}

/** Which of some secrets are in a text, as they are or in hexadecimal or base64. */
export function leaks(text: string, secrets: ReadonlyMap<string, Uint8Array | string>): string[] {
  const folded = text.toLowerCase()
  return [...secrets].flatMap(([name, secret]) => {
    const bytes = Buffer.from(secret)
    const forms = [bytes.toString('hex'), bytes.toString('latin1').toLowerCase()]
    // Without its ends, which depend on what stands around it.
    const base64 = bytes.toString('base64').slice(2, -4)
    return forms.some((form) => folded.includes(form)) || text.includes(base64) ? [name] : []
  })
}
