import { accountOf, type Actor } from '../actor.ts'
import type { Hex } from '../bytes.ts'
import { type ListSource, source, type WrittenSource } from '../lists.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { Confidentiality, DataClass, Purpose } from '../terms.ts'

/** Whose requests are listed. */
export interface RequestsParameters extends ActionOptions {
  /** A patient gets those *to* them; anybody else those *by* them. */
  readonly of: Actor
}

/** A request that was neither answered nor withdrawn. */
export interface PendingRequest {
  readonly patient: Hex
  readonly requester: Hex
  readonly purposes: readonly Purpose[]
  /** Whether everything is asked for; a note of the requester says what of it is meant. */
  readonly everything: boolean
  /** The data classes; `undefined` where they are not the lister’s own, for only the patient knows. */
  readonly classes: readonly DataClass[] | undefined
  readonly confidentiality: Confidentiality
  /** When the access would end. */
  readonly until: Date
  /** When it can no longer be approved. */
  readonly expires: Date
  /** Whether that is over. */
  readonly expired: boolean
}

/** Requests, and where they come from. */
export interface Requests {
  readonly requests: readonly PendingRequest[]
  readonly source: ListSource
}

interface Written {
  requests: (Omit<PendingRequest, 'until' | 'expires' | 'classes'> & { until: number; expires: number; classes: DataClass[] | null })[]
  source: WrittenSource
}

/**
 * Lists the requests that were not answered: found in the contracts’ events, and as the contract has them now.
 *
 * @throws `limit`, `chain-unavailable`, `aborted`
 */
export async function requests(aegle: Aegle, parameters: RequestsParameters): Promise<Requests> {
  const { of, ...options } = parameters
  const written = await run(aegle, undefined, options, (host) =>
    'role' in of && of.role === 'patient'
      ? of.keys.requestsTo(aegle.deployment, host)
      : accountOf(of).key.requestsBy(aegle.deployment, host),
  )
  const listed = JSON.parse(written) as Written
  const shown = listed.requests.map((request) => ({
    ...request,
    classes: request.classes ?? undefined,
    until: new Date(request.until),
    expires: new Date(request.expires),
  }))
  return { requests: shown, source: source(listed.source) }
}
