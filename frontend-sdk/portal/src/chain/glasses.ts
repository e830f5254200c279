import type { Hex } from '@aegle/sdk'
import type { Told } from './history.ts'

/** An emergency: a clinician opened a patient’s records without being let in. */
export interface Glass {
  readonly clinician: Hex
  readonly openedAt: Date
  /** When it ends, or has ended. */
  readonly until: Date
  /** When its review is overdue. */
  readonly reviewBy: Date
  /** The clinician’s reason, as a code of the consortium’s list. */
  readonly reason: number
  /** What the review found; nothing before it. */
  readonly justified: boolean | undefined
}

/** Whether an emergency lets its clinician in at a time. */
export function isOpen({ openedAt, until }: Glass, at: Date): boolean {
  return openedAt <= at && at < until
}

/** Every emergency about a patient that the contract told of up to a block, the last one first. */
export function glassesOf(told: readonly Told[], patient: Hex, lastBlock = Infinity): Glass[] {
  const glasses: Glass[] = []
  for (const event of told) {
    if (event.patient !== patient || event.block > lastBlock) continue
    if (event.kind === 'glass-broken') {
      const { clinician, openedAt, until, reviewBy, reason } = event
      glasses.unshift({ clinician, openedAt, until, reviewBy, reason, justified: undefined })
    }
    if (event.kind !== 'glass-closed' && event.kind !== 'glass-reviewed') continue
    const index = glasses.findIndex((one) => one.clinician === event.clinician && one.openedAt.getTime() === event.openedAt.getTime())
    const found = glasses[index]
    if (!found) continue
    // A review ends what is open still.
    const until = found.until < event.at ? found.until : event.at
    glasses[index] = { ...found, until, ...(event.kind === 'glass-reviewed' ? { justified: event.justified } : {}) }
  }
  return glasses
}
