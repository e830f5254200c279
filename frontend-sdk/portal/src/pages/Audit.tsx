import type { Reader } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { ReviewList } from '../staff/ReviewList.tsx'
import { NumberField } from '../ui/NumberField.tsx'
import { Page } from '../ui/Page.tsx'

/** The emergencies at another organisation that an auditor may check, since its own people have not in time, or can not. */
export function Audit({ auditor }: { auditor: Reader }) {
  const { say } = useWords()
  const { roles } = usePortal().session.person
  const [text, setText] = useState('')
  const [organisation, setOrganisation] = useState<number>()
  const isOwn = roles.some((role) => role.organisation === organisation)
  return (
    <Page title={say('audit.title')}>
      <p>{say('audit.intro')}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setOrganisation(Number(text))
        }}
      >
        <NumberField id="organisation" label={say('propose.organisation')} text={text} onText={setText} />
        <div class="row">
          <button type="submit" class="main">
            {say('audit.look')}
          </button>
        </div>
      </form>
      {isOwn && <p class="notice">{say('audit.own')}</p>}
      {organisation !== undefined && !isOwn && <ReviewList key={organisation} reviewer={auditor} organisation={organisation} standsIn />}
    </Page>
  )
}
