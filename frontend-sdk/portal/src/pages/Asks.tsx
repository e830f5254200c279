import { type Hex, type Reader, withdrawRequest } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { type Ask, asksOf, MAX_ASKS } from '../chain/asks.ts'
import { hasRole } from '../chain/roles.ts'
import { type MessageKey, useWords } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { AskDialog } from '../sharing/AskDialog.tsx'
import { askedSentenceOf } from '../sharing/sentence.ts'
import { CodeForm } from '../ui/CodeForm.tsx'
import { Failure, Waiting } from '../ui/Failure.tsx'
import { useDoing, useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { LookAgain } from '../ui/LookAgain.tsx'
import { Page } from '../ui/Page.tsx'
import { useReturnTo } from '../ui/useReturnTo.ts'

/** Whom a clinician asked for access, what became of it, and how they ask. */
export function Asks({ reader }: { reader: Reader }) {
  const { say, count } = useWords()
  const { session } = usePortal()
  const [asking, setAsking] = useState<Hex>()
  const goBack = useReturnTo('asked')
  const found = useLoad(() => asksOf(session.aegle, session.history, reader.account.id), [session, reader])
  return (
    <Page title={say('asks.title')}>
      <p>{say('asks.intro')}</p>
      <section aria-labelledby="ask">
        <h2 id="ask">{say('asks.ask')}</h2>
        <CodeForm label={say('asks.code')} hint={say('asks.code.hint')} onCode={setAsking} />
      </section>
      <section aria-labelledby="asked">
        <h2 id="asked" tabIndex={-1}>
          {say('asks.list')}
        </h2>
        <Loading of={found}>
          {({ asks, leftOut }) => (
            <>
              <p>{count('asks.count', asks.length)}</p>
              {leftOut > 0 && <p class="notice">{say('asks.leftOut', { count: leftOut, limit: MAX_ASKS })}</p>}
              <ul class="plain">
                {asks.map((ask) => (
                  <Row
                    key={ask.patient}
                    ask={ask}
                    reader={reader}
                    changed={() => {
                      goBack()
                      found.again()
                    }}
                  />
                ))}
              </ul>
            </>
          )}
        </Loading>
        <LookAgain onLook={found.again} />
      </section>
      {asking !== undefined && (
        <AskDialog
          reader={reader}
          patient={asking}
          who={say('people.code', { code: shortCode(asking) })}
          onClose={() => setAsking(undefined)}
          onAsked={found.again}
        />
      )}
    </Page>
  )
}

function Row({ ask, reader, changed }: { ask: Ask; reader: Reader; changed: () => void }) {
  const words = useWords()
  const { say, date } = words
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const { patient, state, expires } = ask
  const who = say('people.code', { code: shortCode(patient) })
  const takeBack = () =>
    run(async () => {
      await withdrawRequest(session.aegle, { by: reader, patient })
      announce(say('asks.withdrawn', { who }))
      changed()
    })
  return (
    <li class="card">
      <p class="when">{date(ask.askedAt)}</p>
      <p class="sentence">{askedSentenceOf(who, ask, words)}</p>
      <p>{say(`asks.state.${state}` as MessageKey, { expires: date(expires) })}</p>
      {state === 'approved' && hasRole(session.person.roles, 'clinician') && (
        <p>
          <a href={`#/patients/${patient}`}>{say('asks.see', { who })}</a>
        </p>
      )}
      {busy && <Waiting>{say('status.preparing')}</Waiting>}
      {error !== undefined && <Failure error={error} />}
      {(state === 'open' || state === 'over') && (
        <button type="button" class="danger" disabled={busy} onClick={takeBack}>
          {say('asks.withdraw', { who })}
        </button>
      )}
    </li>
  )
}
