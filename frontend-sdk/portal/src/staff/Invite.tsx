import { accountId, type Invitation, invite, type Reader } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { CodeField } from '../ui/CodeField.tsx'
import { DaysField } from '../ui/DaysField.tsx'
import { Failure, Waiting } from '../ui/Failure.tsx'
import { useDoing } from '../ui/load.ts'
import { ToKeep } from '../ui/ToKeep.tsx'

/** For how many days an invitation counts; the first one is what most get. */
const DAYS = [7, 1, 14, 30] as const

/** Writes an invitation for somebody who is new, so that a server pays for what they do until the organisation vouches. */
export function Invite({ admin }: { admin: Reader }) {
  const { say, dateTime } = useWords()
  const { aegle, settings } = usePortal().session
  const { announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [code, setCode] = useState('')
  const [server, setServer] = useState(aegle.indexer.url)
  const [days, setDays] = useState<number>(DAYS[0])
  const [written, setWritten] = useState<Invitation>()
  const isHere = server === aegle.indexer.url
  const pays = aegle.relayer?.newcomers ?? 'nobody'
  const go = () =>
    run(async () => {
      setWritten(undefined)
      setWritten(await invite(aegle, { by: admin, patient: accountId('the code', code.trim()), indexer: server, days }))
      announce(say('invite.written'))
    })
  return (
    <section aria-labelledby="invite">
      <h2 id="invite">{say('invite.title')}</h2>
      <p>{say('invite.intro')}</p>
      {isHere && pays !== 'invited' && <p class="notice">{say(pays === 'anybody' ? 'invite.notNeeded' : 'invite.noUse')}</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          go()
        }}
      >
        <CodeField id="invite-code" label={say('invite.code')} hint={say('invite.code.hint')} code={code} onCode={setCode} />
        {settings.proxies.length > 0 && (
          <>
            <label for="invite-server">{say('invite.server')}</label>
            <select id="invite-server" value={server} onChange={(event) => setServer(event.currentTarget.value)}>
              <option value={aegle.indexer.url}>{say('invite.here')}</option>
              {settings.proxies.map(({ name, url }) => (
                <option key={url} value={url}>
                  {name}
                </option>
              ))}
            </select>
          </>
        )}
        <DaysField id="invite-days" choices={DAYS} days={days} onDays={setDays} />
        {busy && <Waiting>{say('staff.waiting')}</Waiting>}
        {error !== undefined && <Failure error={error} />}
        <div class="row">
          <button type="submit" class="main" disabled={busy}>
            {say('invite.button')}
          </button>
        </div>
      </form>
      {written && (
        <div class="card">
          <p class="sentence">{say('invite.counts', { who: say('people.code', { code: shortCode(written.patient) }), at: dateTime(written.expires) })}</p>
          <ToKeep label={say('invite.label')} text={written.invitation} />
        </div>
      )}
    </section>
  )
}
