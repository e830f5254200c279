import { type CheckedNote, decline, type Patient } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import type { AskedFor } from '../chain/requests.ts'
import { useWords } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { nameOf } from '../settings.ts'
import { Failure, Waiting } from '../ui/Failure.tsx'
import { useDoing } from '../ui/load.ts'
import { ApproveDialog } from './ApproveDialog.tsx'
import { ORDINARY, PROTECTED } from './classes.ts'
import { NoteReader } from './NoteReader.tsx'
import { askedClasses, askedSentence, secrecy } from './sentence.ts'

/** Who asks to see a patient’s records, and the answers to that. */
export function Requests({ requests, patient, changed }: { requests: readonly AskedFor[]; patient: Patient; changed: () => void }) {
  const { say } = useWords()
  if (requests.length === 0) return null
  return (
    <section aria-labelledby="requests">
      <h2 id="requests">{say('request.title')}</h2>
      <p>{say('request.intro')}</p>
      <ul class="plain">
        {requests.map((request) => (
          <Asked key={`${request.requester} ${request.expires.getTime()}`} request={request} patient={patient} changed={changed} />
        ))}
      </ul>
    </section>
  )
}

function Asked({ request, patient, changed }: { request: AskedFor; patient: Patient; changed: () => void }) {
  const words = useWords()
  const { say, date } = words
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [answering, setAnswering] = useState(false)
  const [note, setNote] = useState<CheckedNote>()
  const { requester, expires } = request
  const who = nameOf(session.settings, requester) ?? say('people.code', { code: shortCode(requester) })
  // Whoever asks does not know which slots stand for what, and asks for all of them: their note says what they mean.
  const isMeant = (slot: number) => !note || note.classes.length === 0 || note.classes.some((name) => name === session.classes[slot])
  const meant = { ...request, slots: request.slots.filter(isMeant) }
  const classes = askedClasses(meant, session.classes)
  const left = classes.filter((name) => PROTECTED.includes(name))
  const refuse = () =>
    run(async () => {
      await decline(session.aegle, { patient, requester })
      announce(say('request.declined', { who }))
      changed()
    })
  return (
    <li class="card">
      <p class="sentence">{askedSentence(who, meant, session.classes, words)}</p>
      <p>{secrecy(request.confidentiality, words)}</p>
      {left.length > 0 && left.length < classes.length && <p>{say('request.protected')}</p>}
      <p>{say('request.expires', { until: date(expires) })}</p>
      <NoteReader patient={patient} requester={requester} note={note} onRead={setNote} />
      {busy && <Waiting>{say('status.preparing')}</Waiting>}
      {error !== undefined && <Failure error={error} />}
      <div class="row">
        <button type="button" class="main" disabled={busy} onClick={() => setAnswering(true)}>
          {say('request.answer', { who })}
        </button>
        <button type="button" class="danger" disabled={busy} onClick={refuse}>
          {say('request.decline', { who })}
        </button>
      </div>
      {answering && (
        <ApproveDialog
          patient={patient}
          request={meant}
          who={who}
          classes={classes.some((name) => ORDINARY.includes(name)) ? classes.filter((name) => ORDINARY.includes(name)) : classes}
          onClose={() => setAnswering(false)}
          onApproved={() => {
            setAnswering(false)
            changed()
          }}
        />
      )}
    </li>
  )
}
