import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** Rows before and after those that are seen, so that the keyboard finds the next one. */
const SPARE_ROWS = 4

interface ListParameters<T> {
  readonly label: string
  readonly items: readonly T[]
  /** The height of every row, in rem. */
  readonly rowRem: number
  readonly keyOf: (item: T) => string
  readonly row: (item: T) => ComponentChildren
}

/** A long list of which only the rows around those that are seen are in the page, which scrolls as a whole. */
export function VirtualList<T>({ label, items, rowRem, keyOf, row }: ListParameters<T>) {
  const list = useRef<HTMLUListElement>(null)
  const [seen, setSeen] = useState({ first: 0, last: 0, height: 0 })
  useEffect(() => {
    const look = () => {
      if (!list.current) return
      const height = rowRem * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
      const above = -list.current.getBoundingClientRect().top
      const first = Math.max(0, Math.floor(above / height) - SPARE_ROWS)
      const last = Math.ceil((above + window.innerHeight) / height) + SPARE_ROWS
      setSeen((before) => (before.first === first && before.last === last && before.height === height ? before : { first, last, height }))
    }
    look()
    addEventListener('scroll', look, { passive: true })
    addEventListener('resize', look)
    return () => {
      removeEventListener('scroll', look)
      removeEventListener('resize', look)
    }
  }, [rowRem, items])
  const { first, last, height } = seen
  return (
    <ul class="rows" ref={list} aria-label={label} style={{ height: `${items.length * height}px` }}>
      {items.slice(first, Math.max(last, 0)).map((item, index) => (
        <li
          key={keyOf(item)}
          aria-setsize={items.length}
          aria-posinset={first + index + 1}
          style={{ height: `${height}px`, top: `${(first + index) * height}px` }}
        >
          {row(item)}
        </li>
      ))}
    </ul>
  )
}
