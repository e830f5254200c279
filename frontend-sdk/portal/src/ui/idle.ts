import { useEffect, useRef } from 'preact/hooks'

/** Calls `over` when nobody has touched a key, a pointer or the wheel for so many minutes; never without a number. */
export function useIdle(minutes: number | undefined, over: () => void): void {
  const latest = useRef(over)
  latest.current = over
  useEffect(() => {
    if (minutes === undefined) return undefined
    let timer: ReturnType<typeof setTimeout>
    const touched = () => {
      clearTimeout(timer)
      timer = setTimeout(() => latest.current(), minutes * 60_000)
    }
    const kinds = ['keydown', 'pointerdown', 'wheel'] as const
    for (const kind of kinds) addEventListener(kind, touched, { passive: true })
    touched()
    return () => {
      clearTimeout(timer)
      for (const kind of kinds) removeEventListener(kind, touched)
    }
  }, [minutes])
}
