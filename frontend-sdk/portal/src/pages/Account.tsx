import { ss58 } from '@aegle/sdk'
import { useWords } from '../i18n.ts'
import { OwnRoles } from '../people/OwnRoles.tsx'
import { usePortal } from '../session.ts'
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
          <p>{say('account.words')}</p>
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
