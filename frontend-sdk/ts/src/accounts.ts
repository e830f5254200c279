import type { Account as Key } from '../pkg/aegle.js'
import { type Hex, ss58, toBytes } from './bytes.ts'
import type { TransactionSigner, WalletSigner } from './chain.ts'
import { core } from './core.ts'
import { AegleError } from './error.ts'
import { local, release } from './session.ts'

/** The iterations of Substrate’s derivation of a seed from a phrase. */
const PHRASE_ITERATIONS = 2_048
/** What Substrate’s keyring puts before an sr25519 signature. */
const SR25519 = 1

/** An account that signs transactions and requests, by a key that this program holds, or by a wallet. */
export interface Account extends TransactionSigner, Disposable {
  /** The account: `0x` and 64 digits. */
  readonly id: Hex
  /** The account as SS58. */
  readonly address: string
  /** When a wallet’s session ends, after which it must be connected anew; nothing for a key that this program holds. */
  readonly sessionEnds: Date | undefined
  /** Returns a copy of the seed of 32 bytes, for a key store. Overwrite it after use. A wallet’s account has none: `argument`. */
  exportSeed(): Uint8Array
  /** Clears the key from memory; the account cannot sign any more. */
  destroy(): void
  /** The handle of the core. */
  readonly key: Key
}

function signing(key: Key, address: string, how: TransactionSigner['signing'], sessionEnds?: Date): Account {
  return {
    id: key.id as Hex,
    address,
    key,
    signing: how,
    sessionEnds,
    exportSeed: () => local(() => key.seed()),
    destroy: () => release(key),
    [Symbol.dispose]: () => release(key),
  }
}

/** The account of a handle whose key this program holds. */
export function heldAccount(key: Key): Account {
  const id = key.id as Hex
  const address = ss58(id)
  const sign = (data: Uint8Array) => Uint8Array.of(SR25519, ...key.sign(data))
  return signing(key, address, { pair: { address, publicKey: toBytes(id), sign } })
}

/** The account of a wallet, whose session’s key signs requests. */
export function walletAccount(key: Key, address: string, signer: WalletSigner, sessionEnds: Date): Account {
  return signing(key, address, { address, signer }, sessionEnds)
}

/** Makes an account with a fresh key. */
export function generateAccount(): Account {
  return heldAccount(local(() => core().Account.generate()))
}

/** The account of a secret seed of 32 bytes. The caller overwrites the seed. */
export function accountFromSeed(seed: Uint8Array): Account {
  return heldAccount(local(() => core().Account.fromSeed(seed)))
}

/** The publicly known account `//name` of development chains, such as `Alice`. Never use it where anything is worth anything. */
export function developmentAccount(name: string): Account {
  return heldAccount(core().Account.development(name))
}

/** The account of a BIP-39 phrase of 12 to 24 English words, as wallets of Substrate derive it. */
export async function accountFromPhrase(phrase: string, password = ''): Promise<Account> {
  const words = phrase.trim().split(/\s+/).join(' ')
  const entropy = local(() => core().phraseEntropy(words))
  try {
    const key = await crypto.subtle.importKey('raw', new Uint8Array(entropy), 'PBKDF2', false, ['deriveBits'])
    const salt = new TextEncoder().encode(`mnemonic${password}`)
    const parameters = { name: 'PBKDF2', hash: 'SHA-512', salt, iterations: PHRASE_ITERATIONS }
    const seed = new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256))
    try {
      return accountFromSeed(seed)
    } finally {
      seed.fill(0)
    }
  } catch (cause) {
    if (cause instanceof AegleError) throw cause
    throw new AegleError('phrase', 'no account can be derived from the phrase', { cause })
  } finally {
    entropy.fill(0)
  }
}
