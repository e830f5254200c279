import { useCallback, useEffect, useRef, useState } from 'preact/hooks'

/** Something that is being fetched. */
export type Loaded<T> = { readonly again: () => void } & (
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'loaded'; readonly value: T }
)

type State<T> = { state: 'loading' } | { state: 'failed'; error: unknown } | { state: 'loaded'; value: T }

/**
 * Fetches something when the page is shown, when `inputs` change, and when it is asked to again: then what was fetched
 * before is shown until the new is there, so that nobody loses their place.
 */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, inputs: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<State<T>>({ state: 'loading' })
  const [round, setRound] = useState(0)
  const again = useCallback(() => setRound((before) => before + 1), [])
  const lastRound = useRef(0)
  useEffect(() => {
    const patience = new AbortController()
    const isAgain = lastRound.current !== round
    lastRound.current = round
    setState((before) => (isAgain && before.state === 'loaded' ? before : { state: 'loading' }))
    load(patience.signal).then(
      (value) => patience.signal.aborted || setState({ state: 'loaded', value }),
      (error: unknown) => patience.signal.aborted || setState({ state: 'failed', error }),
    )
    return () => patience.abort()
  }, [...inputs, round])
  return { ...state, again }
}

/** Something that is done when somebody asks for it. */
export interface Doing {
  readonly busy: boolean
  readonly error: unknown
  run(action: () => Promise<void>): void
}

/** Does one thing at a time, and keeps what it failed with. */
export function useDoing(): Doing {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const run = (action: () => Promise<void>) => {
    if (busy) return
    setBusy(true)
    setError(undefined)
    action()
      .catch((failed: unknown) => setError(failed))
      .finally(() => setBusy(false))
  }
  return { busy, error, run }
}
