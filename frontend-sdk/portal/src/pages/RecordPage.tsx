import type { Patient } from '@aegle/sdk'
import { OwnErasure } from '../erasing/OwnErasure.tsx'
import { useWords } from '../i18n.ts'
import type { Chart } from '../records/chart.ts'
import { RecordCard } from '../records/RecordCard.tsx'
import { titleOf } from '../records/words.ts'
import { useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { Page } from '../ui/Page.tsx'

interface RecordPageParameters {
  readonly chart: Chart
  readonly record: string
  readonly back: string
  /** Whose record it is, where they look at it themselves. */
  readonly owner?: Patient
}

/** One record. */
export function RecordPage({ chart, record, back, owner }: RecordPageParameters) {
  const words = useWords()
  const shown = useLoad(() => chart.show(record), [chart, record])
  return (
    <Page title={shown.state === 'loaded' ? titleOf(shown.value, words) : words.say('record.title')}>
      <p>
        <a href={back}>{words.say('record.back')}</a>
      </p>
      <Loading of={shown} waiting={words.say('records.opening')}>
        {(value) => (
          <>
            <RecordCard shown={value} />
            {owner && <OwnErasure by={owner} at={value.opened} />}
          </>
        )}
      </Loading>
    </Page>
  )
}
