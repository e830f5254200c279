import { Keyring } from '@polkadot/keyring'
import { TypeRegistry } from '@polkadot/types'
import type { SignerPayloadJSON } from '@polkadot/types/types'
import { u8aToHex, u8aWrapBytes } from '@polkadot/util'
import { cryptoWaitReady, mnemonicGenerate } from '@polkadot/util-crypto'
import type { BrowserContext } from 'playwright-core'

/** What the user of a wallet answers when asked for a signature. */
export type Answer = 'yes' | 'no' | 'with-another-key'

/**
 * A wallet’s extension with a real sr25519 key outside of the page: it signs as the Polkadot.js extension does, texts
 * between `<Bytes>` and `</Bytes>`, transactions by the payload’s own extensions.
 */
export class TestWallet {
  readonly address: string
  /** What it was asked to sign. */
  readonly asked: { kind: 'text' | 'transaction'; text: string }[] = []
  /** What the user answers. */
  answer: Answer = 'yes'
  readonly #keyring: Keyring

  private constructor(keyring: Keyring, address: string) {
    this.#keyring = keyring
    this.address = address
  }

  static async create(): Promise<TestWallet> {
    await cryptoWaitReady()
    const keyring = new Keyring({ type: 'sr25519' })
    const { address } = keyring.addFromUri(mnemonicGenerate())
    keyring.addFromUri('//Another')
    return new TestWallet(keyring, address)
  }

  /** Signs, or not, as the user answers. */
  sign(kind: 'text' | 'transaction', payload: string): { signature: string } | { error: string } {
    const { address, ...request } = JSON.parse(payload) as { address: string; data?: string }
    if (this.answer === 'no') {
      this.asked.push({ kind, text: '' })
      return { error: 'Cancelled' }
    }
    const pair = this.answer === 'yes' ? this.#keyring.getPair(address) : this.#keyring.addFromUri('//Another')
    if (kind === 'text') {
      const bytes = u8aWrapBytes(request.data ?? '')
      this.asked.push({ kind, text: new TextDecoder().decode(bytes) })
      return { signature: u8aToHex(pair.sign(bytes)) }
    }
    const json = JSON.parse(payload) as SignerPayloadJSON
    const registry = new TypeRegistry()
    registry.setSignedExtensions(json.signedExtensions)
    this.asked.push({ kind, text: json.method })
    return registry.createType('ExtrinsicPayload', json, { version: json.version }).sign(pair)
  }

  /** Injects it into the pages of a context, under the name of a wallet. */
  async into(context: BrowserContext, name: string): Promise<void> {
    await context.exposeFunction('signInWallet', (kind: 'text' | 'transaction', payload: string) => this.sign(kind, payload))
    await context.addInitScript(
      ({ name, address }) => {
        const page = globalThis as unknown as {
          signInWallet(kind: string, payload: string): Promise<{ signature: string } | { error: string }>
          injectedWeb3: object
          letIn?: boolean
        }
        const ask = async (kind: string, payload: object) => {
          const answer = await page.signInWallet(kind, JSON.stringify(payload))
          if ('error' in answer) throw new Error(answer.error)
          return { id: 1, ...answer }
        }
        const accounts = [
          { address: '5GoNkf6WdbxCFnPdAnYYQyCjAKPJgLNxXwPjwTh6DGg6gN3E', name: 'old', type: 'ed25519' },
          { address, name: 'mine', type: 'sr25519' },
        ]
        page.injectedWeb3 = {
          [name]: {
            version: '0.58.1',
            enable: async () => ({
              accounts: { get: async () => accounts, subscribe: () => () => undefined },
              signer: {
                signRaw: (raw: object) => ask('text', raw),
                signPayload: (payload: object) => ask('transaction', payload),
              },
            }),
          },
          locked: { version: '1', enable: () => Promise.reject(new Error('the user has not let the page in')) },
        }
      },
      { name, address: this.address },
    )
  }
}

/** A wallet as the convention of `injectedWeb3` has it, where there is no browser. */
export function inject(wallet: TestWallet): void {
  const ask = async (kind: 'text' | 'transaction', payload: object) => {
    const answer = wallet.sign(kind, JSON.stringify(payload))
    if ('error' in answer) throw new Error(answer.error)
    return { id: 1, ...answer }
  }
  const signer = { signRaw: (raw: object) => ask('text', raw), signPayload: (payload: object) => ask('transaction', payload) }
  const accounts = { get: async () => [{ address: wallet.address, type: 'sr25519' }] }
  Object.assign(globalThis, { injectedWeb3: { 'polkadot-js': { version: '0.58.1', enable: async () => ({ accounts, signer }) } } })
}
