import type { Patient as PatientHandle, Reader as ReaderHandle } from '../pkg/aegle.js'
import type { Account } from './accounts.ts'
import { core } from './core.ts'
import { local, release } from './session.ts'

/** A patient: an account and the master secret from which all keys to their records follow. */
export interface Patient extends Disposable {
  readonly account: Account
  /** The master secret as 24 words, to be written down. They bring back the keys to records, and not the account. */
  exportPhrase(): string
  /** Returns a copy of the master secret of 32 bytes, for a key store. Overwrite it after use. */
  exportSecret(): Uint8Array
  /** Clears the keys from memory, those of the account too. */
  destroy(): void
  /** The handle of the core. */
  readonly keys: PatientHandle
}

/** Somebody who reads records of others: an account and the key to which grants are sealed. */
export interface Reader extends Disposable {
  readonly account: Account
  /** Returns a copy of the secret of the encryption key, 32 bytes, for a key store. Overwrite it after use. */
  exportSecret(): Uint8Array
  /** Clears the keys from memory, those of the account too. */
  destroy(): void
  /** The handle of the core. */
  readonly keys: ReaderHandle
}

function patient(account: Account, keys: PatientHandle): Patient {
  const destroy = () => {
    release(keys)
    account.destroy()
  }
  return {
    account,
    keys,
    exportPhrase: () => keys.phrase(),
    exportSecret: () => keys.masterSecret(),
    destroy,
    [Symbol.dispose]: destroy,
  }
}

function reader(account: Account, keys: ReaderHandle): Reader {
  const destroy = () => {
    release(keys)
    account.destroy()
  }
  return { account, keys, exportSecret: () => keys.encryptionSecret(), destroy, [Symbol.dispose]: destroy }
}

/** Makes a patient with a fresh master secret. Keep it, or its phrase: whoever loses both loses their records. */
export function generatePatient(account: Account): Patient {
  return patient(account, local(() => core().Patient.generate(account.key)))
}

/** The patient of a master secret of 32 bytes. The caller overwrites the secret. */
export function patientFromSecret(account: Account, secret: Uint8Array): Patient {
  return patient(account, local(() => core().Patient.fromSecret(account.key, secret)))
}

/** The patient of 24 words that {@link Patient.exportPhrase} gave, or `aegle keys phrase`. */
export function patientFromPhrase(account: Account, phrase: string): Patient {
  const words = phrase.trim().split(/\s+/).join(' ')
  return patient(account, local(() => core().Patient.fromPhrase(account.key, words)))
}

/** Makes a reader with a fresh encryption key. */
export function generateReader(account: Account): Reader {
  return reader(account, local(() => core().Reader.generate(account.key)))
}

/** The reader of the secret of an encryption key, 32 bytes. The caller overwrites the secret. */
export function readerFromSecret(account: Account, secret: Uint8Array): Reader {
  return reader(account, local(() => core().Reader.fromSecret(account.key, secret)))
}
