import { type Account, accountFromSeed } from './accounts.ts'
import { AegleError } from './error.ts'
import { type Patient, patientFromSecret, type Reader, readerFromSecret } from './keys.ts'
import { within } from './patience.ts'

/** How long the browser may take to say whether it keeps what is stored. */
const PROMISE_LIMIT_MS = 1_000
/** The database of a browser’s key store. */
const DATABASE = 'aegle-keys'
/** The one key that wraps all others; it is not extractable. */
const WRAPPING = 'wrapping'
/** The wrapped keys, by name. */
const KEPT = 'kept'
/** The longest name of somebody whose keys are kept. */
const MAX_NAME_LENGTH = 64
/** The length of AES-GCM’s nonce. */
const NONCE_BYTES = 12
/** The length of a seed, and of a secret. */
const SECRET_BYTES = 32

/** Whose keys they are. */
type Role = 'patient' | 'reader'

/**
 * The wrapped keys of somebody: the seed of the account, if it is not in a wallet, then the master secret or that of the
 * encryption key.
 */
interface Kept {
  readonly name: string
  readonly role: Role
  /** The account, if its key is in a wallet. */
  readonly wallet?: string
  readonly nonce: Uint8Array<ArrayBuffer>
  readonly wrapped: ArrayBuffer
}

/** Keys in a browser, wrapped by a key of WebCrypto that no script can read. */
export interface KeyStore {
  /**
   * Whether the browser keeps them until somebody deletes them. Where it does not, as in a private window, they may be gone
   * with the window: the user’s words on paper bring them back.
   */
  readonly persistent: boolean
  /**
   * Keeps somebody’s keys under a name: neither the words that they came from nor a recovery key, which follows from the words
   * alone. What is kept is never replaced: `key-exists`.
   */
  save(name: string, somebody: Patient | Reader): Promise<void>
  /** Keeps several, each under its name, as `save` does: all of them, or none where one is refused or the page ends meanwhile. */
  saveTogether(keys: Readonly<Record<string, Patient | Reader>>): Promise<void>
  /** The patient of that name; `no-key` without one. Whose account is in a wallet is given it, as it is connected now. */
  loadPatient(name: string, account?: Account): Promise<Patient>
  /** The reader of that name; `no-key` without one. Whose account is in a wallet is given it, as it is connected now. */
  loadReader(name: string, account?: Account): Promise<Reader>
  /** The names of all whose keys are kept, in order. */
  names(): Promise<string[]>
  /** Forgets the keys of these names, all at once. Without their phrase, a patient’s records are lost with them. */
  remove(...names: readonly string[]): Promise<void>
  /** Closes the database. */
  close(): void
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result), { once: true })
    request.addEventListener('error', () => reject(request.error), { once: true })
  })
}

/** Waits until what a transaction wrote is kept, all of it; it rejects where nothing of it is. */
function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve(), { once: true })
    transaction.addEventListener('abort', () => reject(transaction.error), { once: true })
  })
}

async function database(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1)
  request.addEventListener('upgradeneeded', () => {
    request.result.createObjectStore(WRAPPING)
    request.result.createObjectStore(KEPT, { keyPath: 'name' })
  })
  return await asked(request)
}

/** The wrapping key, which is made by whoever comes first: two tabs get the same one. */
async function wrappingKey(store: IDBDatabase): Promise<CryptoKey> {
  const usages: KeyUsage[] = ['encrypt', 'decrypt']
  const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, usages)
  // One transaction, in which nobody else writes.
  const keys = store.transaction(WRAPPING, 'readwrite').objectStore(WRAPPING)
  const known = (await asked(keys.get(WRAPPING))) as CryptoKey | undefined
  if (known) return known
  await asked(keys.add(fresh, WRAPPING))
  return fresh
}

/**
 * Whether the browser promises to keep what is stored. Firefox asks its user, who may take their time: then the answer counts
 * from the next time on.
 */
async function promised(): Promise<boolean> {
  const { storage } = navigator
  if (await storage?.persisted?.().catch(() => false)) return true
  const asked = storage?.persist?.() ?? Promise.resolve(false)
  return await within(PROMISE_LIMIT_MS, asked).catch(() => false)
}

function checked(name: string): string {
  if (name.length > 0 && name.length <= MAX_NAME_LENGTH) return name
  throw new AegleError('argument', `a name of keys has 1 to ${MAX_NAME_LENGTH} characters, and not ${name.length}`)
}

/** What ties wrapped keys to their name and role, so that they cannot be put in another’s place. */
function context(name: string, role: Role): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(['aegle/key-store/v1', role, name]))
}

/** Opens the key store of this page’s origin. Its keys are wrapped; whoever runs scripts in the origin can still use them. */
export async function openKeyStore(): Promise<KeyStore> {
  if (typeof indexedDB === 'undefined') throw new AegleError('key-store', 'there is no IndexedDB here, in which keys are kept')
  let store: IDBDatabase
  let wrapping: CryptoKey
  try {
    store = await database()
    wrapping = await wrappingKey(store)
  } catch (cause) {
    throw new AegleError('key-store', 'the browser’s key store cannot be opened', { cause })
  }
  const persistent = await promised()
  const table = (mode: IDBTransactionMode) => store.transaction(KEPT, mode).objectStore(KEPT)

  async function opened<T>(
    name: string,
    role: Role,
    account: Account | undefined,
    use: (account: Account, secret: Uint8Array) => T,
  ): Promise<T> {
    const kept = (await asked(table('readonly').get(checked(name)))) as Kept | undefined
    if (kept?.role !== role) throw new AegleError('no-key', `there are no keys of a ${role} \`${name}\` in this browser`)
    let bytes: Uint8Array
    try {
      const algorithm = { name: 'AES-GCM', iv: kept.nonce, additionalData: context(name, role) }
      bytes = new Uint8Array(await crypto.subtle.decrypt(algorithm, wrapping, kept.wrapped))
    } catch (cause) {
      throw new AegleError('key-store', `the keys of \`${name}\` are damaged`, { cause })
    }
    try {
      const secret = bytes.subarray(-SECRET_BYTES)
      const [id, seed] = [kept.wallet, bytes.length > SECRET_BYTES ? bytes.subarray(0, SECRET_BYTES) : undefined]
      if (seed) return use(accountFromSeed(seed), secret)
      if (account && account.id === id) return use(account, secret)
      throw new AegleError('no-key', `the account of \`${name}\` is ${id}, in a wallet: connect it, and give it here`, { details: { account: id } })
    } finally {
      bytes.fill(0)
    }
  }

  async function wrapped(name: string, somebody: Patient | Reader): Promise<Kept> {
    const { account, role } = somebody
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
    const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: context(checked(name), role) }
    const wallet = account.sessionEnds && account.id
    const parts = wallet ? [somebody.exportSecret()] : [account.exportSeed(), somebody.exportSecret()]
    const bytes = new Uint8Array(parts.length * SECRET_BYTES)
    parts.forEach((part, index) => bytes.set(part, index * SECRET_BYTES))
    const sealed = await crypto.subtle.encrypt(algorithm, wrapping, bytes).finally(() => {
      for (const secret of [bytes, ...parts]) secret.fill(0)
    })
    return { name, role, nonce, wrapped: sealed, ...(wallet ? { wallet } : {}) }
  }

  async function saveTogether(keys: Readonly<Record<string, Patient | Reader>>): Promise<void> {
    const rows = await Promise.all(Object.entries(keys).map(([name, somebody]) => wrapped(name, somebody)))
    const names = rows.map(({ name }) => `\`${name}\``).join(' or ')
    try {
      const kept = table('readwrite')
      for (const row of rows) kept.add(row)
      await committed(kept.transaction)
    } catch (cause) {
      const exists = cause instanceof DOMException && cause.name === 'ConstraintError'
      if (exists) throw new AegleError('key-exists', `there are keys of ${names} in this browser already`, { cause })
      throw new AegleError('key-store', `the keys of ${names} cannot be kept`, { cause })
    }
  }

  return {
    persistent,
    close: () => store.close(),
    names: async () => ((await asked(table('readonly').getAllKeys())) as string[]).sort(),
    async remove(...names) {
      const kept = table('readwrite')
      for (const name of names.map(checked)) kept.delete(name)
      await committed(kept.transaction)
    },
    save: (name, somebody) => saveTogether({ [name]: somebody }),
    saveTogether,
    loadPatient: (name, account) => opened(name, 'patient', account, patientFromSecret),
    loadReader: (name, account) => opened(name, 'reader', account, readerFromSecret),
  }
}
