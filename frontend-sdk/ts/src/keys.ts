import type { Patient as PatientHandle, Reader as ReaderHandle } from '../pkg/aegle.js'
import type { Account } from './accounts.ts'
import { core } from './core.ts'
import { local, release } from './session.ts'

/** A patient: an account and the master secret from which all keys to their records follow. */
export interface Patient extends Disposable {
  readonly role: 'patient'
  readonly account: Account
  /** Returns a copy of the master secret of 32 bytes, for a key store. Overwrite it after use. */
  exportSecret(): Uint8Array
  /** Clears the keys from memory, those of the account too. */
  destroy(): void
  /** The handle of the core. */
  readonly keys: PatientHandle
}

/** Somebody who reads records of others: an account and the key to which grants are sealed. */
export interface Reader extends Disposable {
  readonly role: 'reader'
  readonly account: Account
  /** Returns a copy of the secret of the encryption key, 32 bytes, for a key store. Overwrite it after use. */
  exportSecret(): Uint8Array
  /** Clears the keys from memory, those of the account too. */
  destroy(): void
  /** The handle of the core. */
  readonly keys: ReaderHandle
}

/** The patient of a handle, and of the account that it signs with. */
export function patientOf(account: Account, keys: PatientHandle): Patient {
  const destroy = () => {
    release(keys)
    account.destroy()
  }
  return {
    role: 'patient',
    account,
    keys,
    exportSecret: () => keys.masterSecret(),
    destroy,
    [Symbol.dispose]: destroy,
  }
}

/** The reader of a handle, and of the account that it signs with. */
export function readerOf(account: Account, keys: ReaderHandle): Reader {
  const destroy = () => {
    release(keys)
    account.destroy()
  }
  return { role: 'reader', account, keys, exportSecret: () => keys.encryptionSecret(), destroy, [Symbol.dispose]: destroy }
}

/**
 * Makes a patient with a fresh master secret. No words bring it back: whoever loses what {@link Patient.exportSecret} gives
 * loses their records. A person’s patient is made of words by {@link generatePhrase}.
 */
export function generatePatient(account: Account): Patient {
  return patientOf(account, local(() => core().Patient.generate(account.key)))
}

/** The patient of a master secret of 32 bytes. The caller overwrites the secret. */
export function patientFromSecret(account: Account, secret: Uint8Array): Patient {
  return patientOf(account, local(() => core().Patient.fromSecret(account.key, secret)))
}

/** Makes a reader with a fresh encryption key. */
export function generateReader(account: Account): Reader {
  return readerOf(account, local(() => core().Reader.generate(account.key)))
}

/** The reader of the secret of an encryption key, 32 bytes. The caller overwrites the secret. */
export function readerFromSecret(account: Account, secret: Uint8Array): Reader {
  return readerOf(account, local(() => core().Reader.fromSecret(account.key, secret)))
}
