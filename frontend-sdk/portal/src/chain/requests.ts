import type { Aegle, Confidentiality, Hex, Purpose } from '@aegle/sdk'
import { asked } from './ask.ts'
import { contractsOf } from './contracts.ts'
import { bitsOf, CONFIDENTIALITY, purposesOf } from './grants.ts'
import type { History } from './history.ts'
import { dateOf } from './time.ts'

/** A request for access that a patient can answer. */
export interface AskedFor {
  readonly requester: Hex
  readonly purposes: readonly Purpose[]
  readonly slots: readonly number[]
  readonly confidentiality: Confidentiality
  /** When the access would end. */
  readonly until: Date
  /** When it can no longer be answered. */
  readonly expires: Date
}

/** The requests to a patient that were not answered and have not expired, those first that expire first. */
export async function requestsTo(aegle: Aegle, history: History, patient: Hex): Promise<AskedFor[]> {
  const told = await history.read()
  const { timestamp } = await asked(aegle.chain.finalized())
  const requesters = new Set(told.flatMap((event) => (event.kind === 'asked' && event.patient === patient ? [event.requester] : [])))
  const { consent } = contractsOf(aegle)
  const found = await Promise.all(
    [...requesters].map(async (requester): Promise<AskedFor[]> => {
      const { data: request } = await asked(consent.query.request(patient, requester))
      if (!request || Number(request.expires) <= timestamp) return []
      const { purposes, slots, confidentiality, until } = request.ask
      return [
        {
          requester,
          purposes: purposesOf(purposes),
          slots: bitsOf(slots),
          confidentiality: CONFIDENTIALITY[confidentiality],
          until: dateOf(until),
          expires: dateOf(request.expires),
        },
      ]
    }),
  )
  return found.flat().sort((one, other) => one.expires.getTime() - other.expires.getTime())
}
