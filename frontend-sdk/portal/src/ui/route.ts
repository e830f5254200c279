import { useEffect, useState } from 'preact/hooks'

/** The parts of the address after `#/`. */
export type Route = readonly string[]

function current(): Route {
  return location.hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decodeURIComponent)
}

/** Returns where in the portal the browser is. */
export function useRoute(): Route {
  const [route, setRoute] = useState(current)
  useEffect(() => {
    const moved = () => {
      setRoute(current())
      scrollTo(0, 0)
    }
    addEventListener('hashchange', moved)
    return () => removeEventListener('hashchange', moved)
  }, [])
  return route
}

/** Goes to another page. */
export function go(...parts: string[]): void {
  location.hash = `#/${parts.map(encodeURIComponent).join('/')}`
}
