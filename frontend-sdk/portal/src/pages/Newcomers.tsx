import { type Hex, organisation as listOrganisation, type Reader, ss58 } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { Invite } from '../staff/Invite.tsx'
import { VouchDialog } from '../staff/VouchDialog.tsx'
import { useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { LookedBack, useDepth } from '../ui/LookedBack.tsx'
import { LookAgain } from '../ui/LookAgain.tsx'
import { Page } from '../ui/Page.tsx'
import { useReturnTo } from '../ui/useReturnTo.ts'

/** How many patients are shown at first, and how many more each time. */
const PATIENTS_AT_A_TIME = 50

/** The patients who named an organisation, and wait for it to vouch for them. */
export function Newcomers({ admin, organisation }: { admin: Reader; organisation: number }) {
  const { say, count, date } = useWords()
  const { session } = usePortal()
  const [text, setText] = useState('')
  const [limit, setLimit] = useState(PATIENTS_AT_A_TIME)
  const [asking, setAsking] = useState<Hex>()
  const goBack = useReturnTo('waiting')
  const depth = useDepth(goBack)
  const found = useLoad(
    (signal) => listOrganisation(session.aegle, { organisation, lists: ['patients'], newestBlocks: depth.newestBlocks, signal }),
    [session, organisation, depth.newestBlocks],
  )
  const named = (patient: Hex) => say('people.code', { code: shortCode(patient) })
  return (
    <Page title={say('vouch.title')}>
      <p>{say('vouch.intro')}</p>
      <section aria-labelledby="waiting">
        <h2 id="waiting" tabIndex={-1}>
          {say('vouch.waiting')}
        </h2>
        <Loading of={found} waiting={say('staff.waiting')}>
          {({ patients, source }) => {
            const shown = patients.filter(({ patient }) => ss58(patient).includes(text.trim()))
            return (
              <>
                <label for="filter">{say('vouch.filter')}</label>
                <input id="filter" type="search" autocomplete="off" value={text} onInput={(event) => setText(event.currentTarget.value)} />
                <p>{count('vouch.count', shown.length)}</p>
                <LookedBack source={source} depth={depth} />
                <ul class="plain">
                  {shown.slice(0, limit).map(({ patient, registeredAt }) => (
                    <li key={patient} class="card">
                      <p class="sentence">{say('vouch.sentence', { who: named(patient), date: date(registeredAt) })}</p>
                      <button type="button" class="main" onClick={() => setAsking(patient)}>
                        {say('vouch.button', { who: named(patient) })}
                      </button>
                    </li>
                  ))}
                </ul>
                {shown.length > limit && (
                  <button type="button" onClick={() => setLimit(limit + PATIENTS_AT_A_TIME)}>
                    {say('log.more')}
                  </button>
                )}
              </>
            )
          }}
        </Loading>
        <LookAgain onLook={found.again} />
      </section>
      <Invite admin={admin} />
      {asking !== undefined && (
        <VouchDialog
          admin={admin}
          patient={asking}
          who={named(asking)}
          onClose={() => setAsking(undefined)}
          onDone={() => {
            setAsking(undefined)
            goBack()
            found.again()
          }}
        />
      )}
    </Page>
  )
}
