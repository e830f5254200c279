import type { RecordPosition } from '@aegle/sdk'

/** The last number that a record of a batch can have. */
const LAST_NUMBER = 65_535
/** The last number that a search domain or a batch can have. */
const LAST = 2 ** 32 - 1

/** The line by which a patient names a record to those who keep it. */
export function placeOf({ domain, batch, number }: RecordPosition): string {
  return `${domain}-${batch}-${number}`
}

/** Reads such a line; nothing where it is none. */
export function readPlace(text: string): RecordPosition | undefined {
  const [whole, ...parts] = /^(\d{1,10})-(\d{1,10})-(\d{1,5})$/.exec(text.trim()) ?? []
  const [domain = LAST + 1, batch = LAST + 1, number = LAST_NUMBER + 1] = parts.map(Number)
  return whole === undefined || domain > LAST || batch > LAST || number > LAST_NUMBER ? undefined : { domain, batch, number }
}
