import { type Dispatch, type SetStateAction, useCallback, useEffect, useRef, useState } from 'react'
import { disclosures } from './actions/disclosures.ts'
import { type Granted, grant, type GrantParameters } from './actions/grant.ts'
import { type Grants, grants, type GrantsParameters } from './actions/grants.ts'
import { open, type Opened } from './actions/open.ts'
import type { OpenParameters } from './actions/openStream.ts'
import { type Requests, requests, type RequestsParameters } from './actions/requests.ts'
import { revoke, type RevokeParameters } from './actions/revoke.ts'
import { type SearchPage, type SearchParameters, search } from './actions/search.ts'
import { type AegleError, toAegleError } from './error.ts'
import type { Patient } from './keys.ts'
import type { Receipt } from './receipt.ts'
import type { ActionOptions, Aegle } from './session.ts'
import type { DisclosureEntry } from './wire.ts'

/** What a component knows of something that is read. */
export interface Reading<T> {
  /** What was read last; nothing before. */
  readonly data: T | undefined
  readonly error: AegleError | undefined
  readonly loading: boolean
  /** Reads it again. */
  reload(): void
}

/** What a component knows of something that it does. */
export interface Doing<P, T> {
  /** Does it; one at a time. Rejects as the action does. */
  run(parameters: P): Promise<T>
  readonly data: T | undefined
  readonly error: AegleError | undefined
  readonly working: boolean
}

type Kept<T> = { data: T | undefined; error: AegleError | undefined; busy: boolean }

function useKept<T>(): [Kept<T>, Dispatch<SetStateAction<Kept<T>>>] {
  return useState<Kept<T>>({ data: undefined, error: undefined, busy: false })
}

/**
 * Reads by an action, and again when `key` changes; nothing while `ready` is false. What is read for an earlier key is given
 * up, and never shown.
 */
function useReading<T>(ready: boolean, key: unknown, read: (signal: AbortSignal) => Promise<T>): Reading<T> {
  const [{ data, error, busy }, keep] = useKept<T>()
  const [round, setRound] = useState(0)
  const latest = useRef(read)
  latest.current = read
  const written = JSON.stringify(key)
  useEffect(() => {
    if (!ready) return
    const patience = new AbortController()
    keep((before) => ({ ...before, busy: true }))
    latest.current(patience.signal).then(
      (data) => patience.signal.aborted || keep({ data, error: undefined, busy: false }),
      (thrown: unknown) => patience.signal.aborted || keep({ data: undefined, error: toAegleError(thrown), busy: false }),
    )
    return () => patience.abort()
  }, [ready, written, round, keep])
  const reload = useCallback(() => setRound((round) => round + 1), [])
  return { data, error, loading: busy, reload }
}

/** Does an action when it is asked to. What was begun goes on when the component is gone: a transaction cannot be unsent. */
function useDoing<P, T>(act: (parameters: P) => Promise<T>): Doing<P, T> {
  const [{ data, error, busy }, keep] = useKept<T>()
  const latest = useRef(act)
  latest.current = act
  const run = useCallback(
    async (parameters: P): Promise<T> => {
      keep((before) => ({ ...before, error: undefined, busy: true }))
      try {
        const data = await latest.current(parameters)
        keep({ data, error: undefined, busy: false })
        return data
      } catch (thrown) {
        const error = toAegleError(thrown)
        keep({ data: undefined, error, busy: false })
        throw error
      }
    },
    [keep],
  )
  return { run, data, error, working: busy }
}

/** Nothing is read or done before there is a connection. */
type Connection = Aegle | undefined

function connected(aegle: Connection): Aegle {
  if (!aegle) throw new Error('there is no connection yet')
  return aegle
}

/** Somebody’s account, which says whose answer it is: handles of keys do not. */
const whose = (actor: { readonly id: string } | { readonly account: { readonly id: string } } | undefined) =>
  actor && ('account' in actor ? actor.account.id : actor.id)

/** The records that a search finds; nothing is searched while `parameters` is undefined. */
export function useRecords(aegle: Connection, parameters: Omit<SearchParameters, keyof ActionOptions> | undefined): Reading<SearchPage> {
  const { by, ...rest } = parameters ?? {}
  return useReading(!!aegle && !!parameters, [whose(by), rest], (signal) => search(connected(aegle), { ...parameters!, signal }))
}

/** A record, opened; nothing while `parameters` is undefined. */
export function useRecord(aegle: Connection, parameters: Omit<OpenParameters, keyof ActionOptions> | undefined): Reading<Opened> {
  const { by, ...rest } = parameters ?? {}
  return useReading(!!aegle && !!parameters, [whose(by), rest], (signal) => open(connected(aegle), { ...parameters!, signal }))
}

/** The grants that somebody gave, or holds of a patient. */
export function useGrants(aegle: Connection, parameters: Omit<GrantsParameters, keyof ActionOptions> | undefined): Reading<Grants> {
  const { of, patient } = parameters ?? {}
  return useReading(!!aegle && !!parameters, [whose(of), patient], (signal) => grants(connected(aegle), { ...parameters!, signal }))
}

/** The requests to a patient, or by somebody, that are open. */
export function useRequests(aegle: Connection, parameters: Omit<RequestsParameters, keyof ActionOptions> | undefined): Reading<Requests> {
  return useReading(!!aegle && !!parameters, whose(parameters?.of), (signal) => requests(connected(aegle), { ...parameters!, signal }))
}

/** Who saw what of a patient’s records. */
export function useDisclosures(aegle: Connection, patient: Patient | undefined): Reading<DisclosureEntry[]> {
  return useReading(!!aegle && !!patient, whose(patient), (signal) => disclosures(connected(aegle), { patient: patient!, signal }))
}

/** Grants, when it is asked to. */
export function useGrant(aegle: Connection): Doing<GrantParameters, Granted> {
  return useDoing((parameters) => grant(connected(aegle), parameters))
}

/** Revokes, when it is asked to. */
export function useRevoke(aegle: Connection): Doing<RevokeParameters, Receipt> {
  return useDoing((parameters) => revoke(connected(aegle), parameters))
}
