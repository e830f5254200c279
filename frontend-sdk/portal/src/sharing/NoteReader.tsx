import { AegleError, type CheckedNote, type Hex, type Patient, readNote, type RequestNote } from '@aegle/sdk'
import { useId, useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Failure, Waiting } from '../ui/Failure.tsx'
import { useDoing } from '../ui/load.ts'
import { className } from './sentence.ts'

/** The longest note: a reason of 4,096 bytes, with every character written as an escape, and what stands around it. */
const MAX_NOTE_LENGTH = 32_768

interface NoteParameters {
  readonly patient: Patient
  readonly requester: Hex
  /** What was read; nothing before. */
  readonly note: CheckedNote | undefined
  readonly onRead: (note: CheckedNote) => void
}

/** Reads the note that a requester handed over, and shows why they ask, if it is what they bound themselves to. */
export function NoteReader({ patient, requester, note, onRead }: NoteParameters) {
  const words = useWords()
  const { say, list } = words
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const id = useId()
  const [text, setText] = useState('')
  if (note) {
    const { why, classes } = note
    return (
      <div class="notice">
        <p>{say('note.why', { why })}</p>
        {classes.length > 0 && <p>{say('note.kinds', { what: list(classes.map((name) => className(name, words))) })}</p>}
        <p class="proof">{say('note.proof')}</p>
      </div>
    )
  }
  const check = () =>
    run(async () => {
      const read = await readNote(session.aegle, { patient, note: noteFrom(text) })
      if (read.requester !== requester) throw new AegleError('other-note', 'the note is of another requester')
      onRead(read)
      announce(say('note.proof'))
    })
  return (
    <details>
      <summary>{say('note.read')}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          check()
        }}
      >
        <label for={id}>{say('note.label')}</label>
        <textarea
          id={id}
          class="code"
          rows={4}
          required
          maxLength={MAX_NOTE_LENGTH}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        {busy && <Waiting>{say('note.waiting')}</Waiting>}
        {error !== undefined && <Failure error={error} />}
        <button type="submit" disabled={busy}>
          {say('note.button')}
        </button>
      </form>
    </details>
  )
}

function noteFrom(text: string): RequestNote {
  try {
    return JSON.parse(text) as RequestNote
  } catch (cause) {
    throw new AegleError('other-note', 'this is no note: it is not JSON', { cause })
  }
}
