import { AegleError, type RequestNote } from '@aegle/sdk'

/** What has no look of its own, and can have a text end a line, or read in another direction than it is written. */
const UNSEEN = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/** A text of somebody else, without what would have it look like something that it is not. */
export function plainText(text: string): string {
  return text.replace(UNSEEN, ' ')
}

/** The reason of {@link notWhole}, for what is said of it. */
export const NOT_WHOLE = 'note-not-whole'

/** The error of a note of which something is missing, which is a slip and no fraud. */
export function notWhole(cause?: unknown): AegleError {
  return new AegleError('argument', 'this is no whole note', { cause, details: { reason: NOT_WHOLE } })
}

/**
 * Reads what was handed over.
 *
 * @throws `argument`, where it is no whole note
 */
export function noteFrom(text: string): RequestNote {
  let note: unknown
  try {
    note = JSON.parse(text)
  } catch (cause) {
    throw notWhole(cause)
  }
  if (typeof note !== 'object' || note === null || Array.isArray(note)) throw notWhole()
  return note as RequestNote
}
