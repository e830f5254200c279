import type { Hit } from '@aegle/sdk'
import { useEffect, useState } from 'preact/hooks'
import { explain } from '../errors.ts'
import { useWords } from '../i18n.ts'
import { VirtualList } from '../ui/VirtualList.tsx'
import { type Chart, type Found, MAX_RECORDS, type Shown, writtenAt } from './chart.ts'
import { titleOf } from './words.ts'

/** The height of a row. */
const ROW_REM = 5
/** How long a row must be seen before its record is opened: who only scrolls past leaves no trace. */
const LOOK_MS = 150

interface ListParameters {
  readonly chart: Chart
  readonly found: Found
  /** The address of a record’s page. */
  readonly address: (record: string) => string
}

/** Records, newest first, each opened when it is looked at. */
export function RecordList({ chart, found, address }: ListParameters) {
  const { say, count } = useWords()
  const { hits, more } = found
  if (hits.length === 0) return <p class="notice">{say('records.none')}</p>
  return (
    <>
      <p>{count('records.count', hits.length)}</p>
      {more && <p class="notice">{say('records.more', { limit: MAX_RECORDS })}</p>}
      <VirtualList
        label={say('records.list')}
        items={hits}
        rowRem={ROW_REM}
        keyOf={({ record }) => record}
        row={(hit) => <Row chart={chart} hit={hit} address={address(hit.record)} />}
      />
    </>
  )
}

function Row({ chart, hit, address }: { chart: Chart; hit: Hit; address: string }) {
  const words = useWords()
  const [shown, setShown] = useState<Shown>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    let away = false
    const timer = setTimeout(() => {
      chart.show(hit.record).then(
        (opened) => away || setShown(opened),
        (failed: unknown) => away || setError(failed),
      )
    }, LOOK_MS)
    return () => {
      away = true
      clearTimeout(timer)
    }
  }, [chart, hit.record])
  const date = writtenAt(hit)
  return (
    <a class="record" href={address}>
      <span class="when">{date ? words.date(date) : words.say('records.noDate')}</span>
      <span class="what">
        {shown ? titleOf(shown, words) : words.say(error === undefined ? 'records.opening' : explain(error).what)}
      </span>
      <span class="summary">{shown?.card?.summary ?? ''}</span>
    </a>
  )
}
