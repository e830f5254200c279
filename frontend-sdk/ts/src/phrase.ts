import type { Phrase as Handle } from '../pkg/aegle.js'
import { type Account, heldAccount } from './accounts.ts'
import type { Hex } from './bytes.ts'
import { core } from './core.ts'
import { type Patient, patientOf, type Reader, readerOf } from './keys.ts'
import { local, release } from './session.ts'

/**
 * A person’s 24 words, from which all their keys follow, one-way: a patient’s account, master secret and recovery key, and the
 * account and key with which the same person reads others’ records. Nothing keeps it: derive the keys, have the words written
 * down, and destroy it.
 */
export interface Phrase extends Disposable {
  /** The account of the patient’s recovery key, which the patient names on chain. The key itself is derived when it is used. */
  readonly recoveryAccount: Hex
  /** Returns the words, with a space between two. Show them once, to be written down. */
  words(): string
  /** Derives the patient: the same account, records and grants each time. Whose account is in a wallet gives it. */
  patient(account?: Account): Patient
  /** Derives the reader of others’ records, whose account nobody can connect with the patient’s. */
  reader(): Reader
  /** Clears the words from memory, and none of the keys that were derived. */
  destroy(): void
  /** The handle of the core. */
  readonly keys: Handle
}

function phrase(handle: Handle): Phrase {
  const destroy = () => release(handle)
  return {
    recoveryAccount: handle.recoveryAccount() as Hex,
    words: () => local(() => handle.words()),
    patient(account) {
      const own = account ?? local(() => heldAccount(handle.account()))
      return patientOf(own, local(() => handle.patient(own.key)))
    },
    reader: () => readerOf(local(() => heldAccount(handle.readerAccount())), local(() => handle.reader())),
    destroy,
    keys: handle,
    [Symbol.dispose]: destroy,
  }
}

/** Draws 24 fresh words of BIP-39’s English list. */
export function generatePhrase(): Phrase {
  return phrase(local(() => core().Phrase.generate()))
}

/**
 * Reads 24 words, as {@link Phrase.words} or `aegle keys new` showed them. Capital letters and white space do not count.
 *
 * @throws `phrase`
 */
export function phraseFromWords(words: string): Phrase {
  return phrase(local(() => core().Phrase.fromWords(words)))
}
