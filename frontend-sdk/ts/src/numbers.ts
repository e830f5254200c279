import { AegleError } from './error.ts'

/** The most that the core takes where it says nothing else: 32 bits. */
const MAX_NUMBER = 2 ** 32 - 1

/**
 * Returns a number that goes to the core, where it is a whole one: JSON makes nothing of one that is none, and the module another
 * number, so that something else would be done.
 *
 * @throws `argument`
 */
export function whole(what: string, value: unknown, most = MAX_NUMBER): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value
  throw new AegleError('argument', `${what} is ${String(value)}, and must be a whole number from 0 to ${most}`)
}

/**
 * Returns the milliseconds of a time that may be left out.
 *
 * @throws `argument` when it is no time
 */
export function millisIfGiven(what: string, time: Date | undefined): number | undefined {
  return time === undefined ? undefined : whole(`${what} in milliseconds`, time.getTime(), Number.MAX_SAFE_INTEGER)
}
