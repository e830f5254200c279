import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { glucose } from './records.ts'
import { browser, Site } from './site.ts'
import { TestWallet } from './wallet.ts'
import { World } from './world.ts'

type Sdk = typeof import('./pages/sdk.ts')
/** What the page keeps between two steps. */
interface Kept {
  sdk: Sdk
  aegle: import('@aegle/sdk').Aegle
  ana: import('@aegle/sdk').Patient
}

describe('in Chromium, a patient whose key is in a wallet', () => {
  let site: Site
  let world: World
  let chromium: Browser
  let wallet: TestWallet
  let page: Page

  /** Loads the page, connects, and keeps what the steps need. */
  async function loaded(): Promise<void> {
    await page.goto(`${site.origin}/index.html`)
    await page.evaluate(async () => {
      const path = '/sdk.js'
      const sdk = (await import(path)) as Sdk
      const where = (await (await fetch('/where.json')).json()) as Parameters<Sdk['connect']>[0]
      const aegle = await sdk.connect({ ...where, wasm: sdk.wasm })
      Object.assign(globalThis, { kept: { sdk, aegle } })
    })
  }

  /** What something in the page fails with, as code and sentence; nothing if it does not. */
  async function failure(name: string, parameters: object): Promise<string> {
    return await page.evaluate(
      async ([name, parameters]) => {
        const { sdk, aegle, ana } = (globalThis as unknown as { kept: Kept }).kept
        const acts: { [name: string]: (parameters: never) => Promise<unknown> } = {
          connectWallet: (more) => sdk.connectWallet(aegle, Object.assign({ wallet: 'polkadot-js', application: 'test' }, more)),
          search: (more) => sdk.search(aegle, Object.assign({ by: ana, query: '*' }, more)),
          publishKeys: () => sdk.publishKeys(aegle, { of: ana }),
          loadPatient: async () => (await sdk.openKeyStore()).loadPatient('ana'),
        }
        return await acts[name]!(parameters as never).then(
          () => '',
          (error: InstanceType<Sdk['AegleError']>) => `${error.code}: ${error.shortMessage}`,
        )
      },
      [name, parameters] as const,
    )
  }

  before(async () => {
    site = await Site.start()
    world = await World.start([site.origin])
    await site.addBundle(new URL('pages/sdk.ts', import.meta.url))
    site.add('/index.html', '<!doctype html><title>wallet</title>')
    site.add('/where.json', JSON.stringify(await world.where()))
    chromium = await browser()
    wallet = await TestWallet.create()
    const context = await chromium.newContext()
    await wallet.into(context, 'polkadot-js')
    page = await context.newPage()
    await loaded()
    await world.fund(wallet.address)
  })

  after(async () => {
    await chromium?.close()
    await world?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  it('sees which wallets and accounts there are', async () => {
    const found = await page.evaluate(async () => {
      const { sdk } = (globalThis as unknown as { kept: Kept }).kept
      const accounts = await sdk.walletAccounts({ wallet: 'polkadot-js', application: 'test' })
      return { wallets: sdk.wallets().map(({ name }) => name), types: accounts.map(({ type }) => type) }
    })
    assert.deepEqual(found, { wallets: ['locked', 'polkadot-js'], types: ['ed25519', 'sr25519'] })
    assert.match(await failure('connectWallet', { wallet: 'talisman' }), /^no-wallet: there is no wallet `talisman` .* has locked, polkadot-js/)
    assert.match(await failure('connectWallet', { wallet: 'locked' }), /^no-wallet: .* does not let this page in/)
    assert.match(await failure('connectWallet', { account: '5GoNkf6WdbxCFnPdAnYYQyCjAKPJgLNxXwPjwTh6DGg6gN3E' }), /^no-wallet: .* is ed25519/)
    assert.match(await failure('connectWallet', { account: `0x${'11'.repeat(32)}` }), /^no-wallet: .* has no account 0x1111/)
    assert.match(await failure('connectWallet', { lasts: 12 * 3_600_000 + 1 }), /^argument: a session lasts 1 to 43200000/)
    assert.deepEqual(wallet.asked, [])
  })

  it('is not connected when its user says no, or the wallet signs with another key', async () => {
    wallet.answer = 'no'
    assert.equal(await failure('connectWallet', {}), 'signature-rejected: the wallet has not signed the session: Cancelled')
    wallet.answer = 'with-another-key'
    assert.match(await failure('connectWallet', {}), /^signature-wrong: /)
    wallet.answer = 'yes'
  })

  it('signs once to be connected, and each transaction', async () => {
    wallet.asked.length = 0
    const address = await page.evaluate(async () => {
      const { kept } = globalThis as unknown as { kept: Kept }
      const account = await kept.sdk.connectWallet(kept.aegle, { wallet: 'polkadot-js', application: 'test' })
      kept.ana = kept.sdk.generatePatient(account)
      await kept.sdk.publishKeys(kept.aegle, { of: kept.ana })
      return account.address
    })
    assert.equal(address, wallet.address)
    assert.deepEqual(wallet.asked.map(({ kind }) => kind), ['text', 'transaction', 'transaction'])
    assert.match(wallet.asked[0]?.text ?? '', /^<Bytes>aegle\/session\/v1\|[0-9a-f]{64}\|[0-9a-f]{64}\|[0-9a-f]{64}\|\d{13}<\/Bytes>$/)
  })

  it('searches and opens without asking again', async () => {
    const card = await page.evaluate(async (custodian) => {
      const { sdk, aegle, ana } = (globalThis as unknown as { kept: Kept }).kept
      return await sdk.createCard(aegle, { patient: ana, custodian })
    }, world.hospital)
    await world.ingest(card, [glucose])
    wallet.asked.length = 0
    const opened = await page.evaluate(async (domain) => {
      const { sdk, aegle, ana } = (globalThis as unknown as { kept: Kept }).kept
      const { hits } = await sdk.search(aegle, { by: ana, domain, query: 'glucose', verify: true })
      return (await sdk.open(aegle, { by: ana, record: hits[0]?.record ?? '' })).json()
    }, world.domain)
    assert.deepEqual(opened, glucose)
    assert.deepEqual(wallet.asked, [])
  })

  it('sends nothing when its user says no to a transaction', async () => {
    wallet.answer = 'no'
    assert.equal(await failure('publishKeys', {}), 'signature-rejected: the wallet has not signed the transaction: Cancelled')
    wallet.answer = 'yes'
  })

  it('keeps the master secret alone, and needs the wallet to come back', async () => {
    const kept = await page.evaluate(async () => {
      const { sdk, ana } = (globalThis as unknown as { kept: Kept }).kept
      const store = await sdk.openKeyStore()
      await store.save('ana', ana)
      const secret = [...ana.exportSecret()]
      let seed = ''
      try {
        ana.account.exportSeed()
      } catch (error) {
        seed = (error as InstanceType<Sdk['AegleError']>).code
      }
      return { secret, seed }
    })
    assert.equal(kept.seed, 'argument')
    await loaded()
    assert.match(await failure('loadPatient', {}), /^no-key: the account of `ana` is 0x[0-9a-f]{64}, in a wallet/)
    const secret = await page.evaluate(async () => {
      const { kept } = globalThis as unknown as { kept: Kept }
      const account = await kept.sdk.connectWallet(kept.aegle, { wallet: 'polkadot-js', application: 'test' })
      kept.ana = await (await kept.sdk.openKeyStore()).loadPatient('ana', account)
      return [...kept.ana.exportSecret()]
    })
    assert.deepEqual(secret, kept.secret)
    assert.equal(await failure('search', { domain: world.domain }), '')
  })

  it('asks nothing more after its session ended', async () => {
    await page.evaluate(async () => {
      const { kept } = globalThis as unknown as { kept: Kept }
      const account = await kept.sdk.connectWallet(kept.aegle, { wallet: 'polkadot-js', application: 'test', lasts: 1_000 })
      kept.ana = kept.sdk.patientFromSecret(account, kept.ana.exportSecret())
      await new Promise((resolve) => setTimeout(resolve, 1_100))
    })
    assert.match(await failure('search', { domain: world.domain }), /^session-ended: the wallet’s session has ended at 20/)
  })
})
