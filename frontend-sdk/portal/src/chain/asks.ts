import type { Aegle, Hex, Purpose } from '@aegle/sdk'
import { asked } from './ask.ts'
import { contractsOf } from './contracts.ts'
import { purposesOf } from './grants.ts'
import type { Answer, History } from './history.ts'

/** Most requests of one requester that are shown. */
export const MAX_ASKS = 200

/** What became of a request: `closed` where it is gone, and nobody tells how. */
export type AskState = 'open' | 'over' | 'closed' | Answer

/** The last request of somebody to a patient. */
export interface Ask {
  readonly patient: Hex
  readonly purposes: readonly Purpose[]
  /** When the access would end. */
  readonly until: Date
  readonly askedAt: Date
  /** When it can no longer be answered. */
  readonly expires: Date
  readonly state: AskState
}

/** The last request to each patient, newest first, and how many were not looked at. */
export interface Asks {
  readonly asks: readonly Ask[]
  readonly leftOut: number
}

/** Lists the last request of somebody to each patient: from what the contract told, and as it stands there now. */
export async function asksOf(aegle: Aegle, history: History, requester: Hex): Promise<Asks> {
  const told = await history.read()
  const { timestamp } = await asked(aegle.chain.finalized())
  const { consent } = contractsOf(aegle)
  const last = new Map<Hex, { readonly ask: Omit<Ask, 'state'>; readonly answer: Answer | undefined }>()
  for (const event of told) {
    if (event.kind === 'asked' && event.requester === requester) {
      const { patient, at: askedAt, until, expires } = event
      // A later one is the last one of all, too.
      last.delete(patient)
      last.set(patient, { ask: { patient, purposes: purposesOf(event.purposes), until, askedAt, expires }, answer: undefined })
    }
    if (event.kind === 'answered' && event.requester === requester) {
      const before = last.get(event.patient)
      if (before) last.set(event.patient, { ...before, answer: event.answer })
    }
  }
  const all = [...last.values()].reverse()
  const asks = await Promise.all(
    all.slice(0, MAX_ASKS).map(async ({ ask, answer }): Promise<Ask> => {
      const { data: stored } = await asked(consent.query.request(ask.patient, requester))
      if (stored) return { ...ask, state: Number(stored.expires) <= timestamp ? 'over' : 'open' }
      return { ...ask, state: answer ?? 'closed' }
    }),
  )
  return { asks, leftOut: all.length - asks.length }
}
