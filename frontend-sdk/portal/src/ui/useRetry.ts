import { usePortal } from '../session.ts'
import { useDoing } from './load.ts'

/** A way back from a failure: connects anew, since chain or indexer may have been away, which has pages load again. */
export function useRetry(): { readonly retry: () => void; readonly busy: boolean; readonly error: unknown } {
  const { reconnect } = usePortal()
  const { run, busy, error } = useDoing()
  return { retry: () => run(reconnect), busy, error }
}
