import type { Hex } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { nameFrom } from '../people/names.ts'
import type { Chart } from '../records/chart.ts'
import { RecordList } from '../records/RecordList.tsx'
import { SearchBox } from '../records/SearchBox.tsx'
import { useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { Page } from '../ui/Page.tsx'
import { shortCode } from '../people/names.ts'

/** The records of one patient, as far as the patient lets this reader see them. */
export function PatientChart({ patient, chart }: { patient: Hex; chart: Chart }) {
  const { say } = useWords()
  const [query, setQuery] = useState('')
  const name = useLoad(() => nameFrom(chart), [chart])
  const found = useLoad((signal) => chart.search(query, signal), [chart, query])
  const called = name.state === 'loaded' ? name.value : undefined
  return (
    <Page title={called ?? say('chart.title', { code: shortCode(patient) })}>
      <p>
        <a href="#/patients">{say('chart.back')}</a>
      </p>
      <p>{say('chart.intro')}</p>
      <SearchBox query={query} onSearch={setQuery} />
      <Loading of={found} waiting={say('records.waiting')}>
        {(value) => <RecordList chart={chart} found={value} address={(record) => `#/patients/${patient}/${record}`} />}
      </Loading>
    </Page>
  )
}
