import { type Hex, type Patient, phraseFromWords, type Reader } from '@aegle/sdk'

/** Everybody that the same words may be. Somebody who treats patients and is one has two accounts, which the chain does not connect. */
export interface Keys {
  readonly patient: Patient
  readonly reader: Reader
  /** The account of the patient’s recovery key; nothing where the keys come from a device, which does not know it. */
  readonly recovery: Hex | undefined
}

/** Clears somebody’s keys from memory. */
export function forgetKeys({ patient, reader }: Keys): void {
  patient.destroy()
  reader.destroy()
}

/**
 * Derives all keys of somebody from their 24 words, of which nothing is left afterwards.
 *
 * @throws `phrase`
 */
export function keysFromWords(words: string): Keys {
  using phrase = phraseFromWords(words)
  return { patient: phrase.patient(), reader: phrase.reader(), recovery: phrase.recoveryAccount }
}
