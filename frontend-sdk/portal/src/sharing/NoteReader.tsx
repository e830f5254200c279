import { AegleError, type CheckedNote, type Hex, type Patient, readNote } from '@aegle/sdk'
import { useId, useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Failure, Waiting } from '../ui/Failure.tsx'
import { useDoing } from '../ui/load.ts'
import { noteFrom, notWhole, plainText } from './notes.ts'
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
        <p>{say('note.why')}</p>
        <blockquote class="theirs" dir="auto">
          {plainText(why)}
        </blockquote>
        <p>{classes.length > 0 ? say('note.kinds', { what: list(classes.map((name) => className(name, words))) }) : say('note.all')}</p>
        <p class="proof">{say('note.proof')}</p>
      </div>
    )
  }
  const check = () =>
    run(async () => {
      const read = await readNote(session.aegle, { patient, note: noteFrom(text) }).catch((error: unknown) => {
        // What has not all that a note has is none that somebody changed.
        throw error instanceof AegleError && error.code === 'argument' ? notWhole(error) : error
      })
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
