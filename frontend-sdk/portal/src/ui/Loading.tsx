import type { ComponentChildren } from 'preact'
import { Failure, Waiting } from './Failure.tsx'
import type { Loaded } from './load.ts'
import { useRetry } from './useRetry.ts'

/** Shows what was fetched, that it is being fetched, or why it is not to be had, with a way back. */
export function Loading<T>({ of, waiting, children }: { of: Loaded<T>; waiting?: string; children: (value: T) => ComponentChildren }) {
  const { retry, busy, error } = useRetry()
  if (busy || of.state === 'loading') return waiting === undefined ? <Waiting /> : <Waiting>{waiting}</Waiting>
  if (of.state === 'failed') return <Failure error={error ?? of.error} again={retry} />
  return <>{children(of.value)}</>
}
