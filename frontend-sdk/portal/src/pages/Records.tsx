import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import type { Chart } from '../records/chart.ts'
import { RecordList } from '../records/RecordList.tsx'
import { SearchBox } from '../records/SearchBox.tsx'
import { useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { Page } from '../ui/Page.tsx'

/** A patient’s own records, newest first. */
export function Records({ chart }: { chart: Chart }) {
  const { say } = useWords()
  const [query, setQuery] = useState('')
  const found = useLoad((signal) => chart.search(query, signal), [chart, query])
  return (
    <Page title={say('records.title')}>
      <p>{say('records.intro')}</p>
      <SearchBox query={query} onSearch={setQuery} />
      <Loading of={found} waiting={say('records.waiting')}>
        {(value) => <RecordList chart={chart} found={value} address={(record) => `#/records/${record}`} />}
      </Loading>
    </Page>
  )
}
