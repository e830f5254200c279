import { useEffect, useState } from 'preact/hooks'

/** Puts the focus on the heading of that id, each time that what it returns is called: what was pressed may be gone from the list below. */
export function useReturnTo(id: string): () => void {
  const [returns, setReturns] = useState(0)
  useEffect(() => {
    if (returns > 0) document.getElementById(id)?.focus()
  }, [id, returns])
  return () => setReturns((before) => before + 1)
}
