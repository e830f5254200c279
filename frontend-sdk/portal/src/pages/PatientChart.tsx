import type { Hex } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { nameFrom, shortCode } from '../people/names.ts'
import type { Chart } from '../records/chart.ts'
import { RecordList } from '../records/RecordList.tsx'
import { SearchBox } from '../records/SearchBox.tsx'
import { usePortal } from '../session.ts'
import { AskDialog } from '../sharing/AskDialog.tsx'
import { EmergencyDialog } from '../sharing/EmergencyDialog.tsx'
import { useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { Page } from '../ui/Page.tsx'
import { go } from '../ui/route.ts'

/** The address of a patient’s records, in an emergency or otherwise. */
export function chartAddress(patient: Hex, emergency: boolean): string {
  return `#/patients/${patient}${emergency ? '/emergency' : ''}`
}

/** The records of one patient, as far as the patient lets this reader see them, or an emergency does. */
export function PatientChart({ patient, chart, emergency }: { patient: Hex; chart: Chart; emergency: boolean }) {
  const { say } = useWords()
  const { reader } = usePortal().session.person
  const [breaking, setBreaking] = useState(false)
  const [asking, setAsking] = useState(false)
  const [query, setQuery] = useState('')
  const name = useLoad(() => nameFrom(chart), [chart])
  const found = useLoad((signal) => chart.search(query, signal), [chart, query])
  const called = name.state === 'loaded' ? name.value : undefined
  return (
    <Page title={called ?? say('chart.title', { code: shortCode(patient) })}>
      <p>
        <a href="#/patients">{say('chart.back')}</a>
      </p>
      {emergency ? <p class="notice">{say('chart.emergency')}</p> : <p>{say('chart.intro')}</p>}
      <SearchBox query={query} onSearch={setQuery} />
      <Loading of={found} waiting={say('records.waiting')}>
        {(value) => <RecordList chart={chart} found={value} address={(record) => `${chartAddress(patient, emergency)}/${record}`} />}
      </Loading>
      {reader && !emergency && (
        <section aria-labelledby="more">
          <h2 id="more">{say('chart.more.title')}</h2>
          <p>{say('chart.more.text')}</p>
          <button type="button" onClick={() => setAsking(true)}>
            {say('chart.more.button')}
          </button>
        </section>
      )}
      {reader && !emergency && (
        <section aria-labelledby="emergency">
          <h2 id="emergency">{say('chart.emergency.title')}</h2>
          <p>{say('chart.emergency.text')}</p>
          <button type="button" class="danger" onClick={() => setBreaking(true)}>
            {say('chart.emergency.button')}
          </button>
        </section>
      )}
      {reader && asking && (
        <AskDialog
          reader={reader}
          patient={patient}
          who={called ?? say('people.code', { code: shortCode(patient) })}
          onClose={() => setAsking(false)}
          onAsked={() => undefined}
        />
      )}
      {reader && breaking && (
        <EmergencyDialog
          reader={reader}
          patient={patient}
          onClose={() => setBreaking(false)}
          onOpened={() => go('patients', patient, 'emergency')}
        />
      )}
    </Page>
  )
}
