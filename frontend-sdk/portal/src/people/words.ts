import { accountFromPhrase, type Patient, patientFromPhrase, type Reader, readerFromSecret } from '@aegle/sdk'

/** How many words bring somebody back. */
export const WORD_COUNT = 24

/**
 * What BIP-39 calls the passphrase, which is no secret here: it makes other keys of the same words. Somebody who treats
 * patients and is one has two accounts, so that nobody sees on the chain that they are the same person.
 */
const READER_ACCOUNT = 'aegle/portal/reader/v1'
const READER_ENCRYPTION = 'aegle/portal/reader-encryption/v1'

/** Everybody that the same words may be. */
export interface Keys {
  readonly patient: Patient
  readonly reader: Reader
}

/** Clears somebody’s keys from memory. */
export function forgetKeys({ patient, reader }: Keys): void {
  patient.destroy()
  reader.destroy()
}

/**
 * Derives all keys of somebody from their 24 words. The master secret is the words’ own entropy; the others are BIP-39
 * seeds of it, so that none of them tells anything of another one or of the words.
 *
 * @throws `phrase`
 */
export async function keysFromWords(words: string): Promise<Keys> {
  const patient = patientFromPhrase(await accountFromPhrase(words), words)
  const account = await accountFromPhrase(words, READER_ACCOUNT)
  using encryption = await accountFromPhrase(words, READER_ENCRYPTION)
  const secret = encryption.exportSeed()
  try {
    return { patient, reader: readerFromSecret(account, secret) }
  } finally {
    secret.fill(0)
  }
}
