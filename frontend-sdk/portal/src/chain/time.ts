/** The latest moment that a date can hold. */
const LAST_MOMENT = 8_640_000_000_000_000

/** A time of the chain, in milliseconds; what does not end is the latest moment that a date can hold. */
export function dateOf(moment: bigint): Date {
  return new Date(Math.min(Number(moment), LAST_MOMENT))
}
