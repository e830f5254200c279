import { type Patient, ss58 } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { OwnRoles } from '../people/OwnRoles.tsx'
import { usePortal } from '../session.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Page } from '../ui/Page.tsx'

/** Who somebody is for the others, and what they may do. */
export function Account() {
  const { say } = useWords()
  const { patient, reader } = usePortal().session.person
  return (
    <Page title={say('account.title')}>
      {patient && (
        <section aria-labelledby="as-patient">
          <h2 id="as-patient">{say('account.patient')}</h2>
          <p>{say('account.patient.text')}</p>
          <p class="code">{ss58(patient.account.id)}</p>
          <Words patient={patient} />
        </section>
      )}
      {reader && (
        <section aria-labelledby="as-reader">
          <h2 id="as-reader">{say('account.reader')}</h2>
          <p>{say('account.reader.text')}</p>
          <p class="code">{ss58(reader.account.id)}</p>
        </section>
      )}
      {reader && <OwnRoles reader={reader} />}
    </Page>
  )
}

/** The 24 words of a patient, shown when they ask. */
function Words({ patient }: { patient: Patient }) {
  const { say } = useWords()
  const [words, setWords] = useState<string>()
  return (
    <>
      <p>{say('account.words.text')}</p>
      <button type="button" onClick={() => setWords(patient.exportPhrase())}>
        {say('account.words.button')}
      </button>
      {words !== undefined && (
        <Dialog title={say('account.words.title')} onClose={() => setWords(undefined)}>
          <p>{say('account.words.warning')}</p>
          <ol class="words">
            {words.split(' ').map((word, index) => (
              <li key={index}>{word}</li>
            ))}
          </ol>
          <button type="button" class="main" onClick={() => setWords(undefined)}>
            {say('account.words.done')}
          </button>
        </Dialog>
      )}
    </>
  )
}
