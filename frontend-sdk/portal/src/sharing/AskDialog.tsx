import { type DataClass, type Hex, newSalt, type Purpose, type Reader, request, type RequestNote, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { purposesFor } from '../chain/roles.ts'
import { isUncertain } from '../errors.ts'
import { type MessageKey, useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { DaysField } from '../ui/DaysField.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'
import { ToKeep } from '../ui/ToKeep.tsx'
import { ORDINARY, PROTECTED } from './classes.ts'
import { Kinds } from './Kinds.tsx'
import { askSentence } from './sentence.ts'

/** For how many days access is asked for; the first one is what most need. */
const DAYS = [365, 180, 30, 7, 1] as const
const DAY_MS = 24 * 3_600_000
/** The longest reason in words. */
const MAX_WHY_LENGTH = 500
const KINDS: readonly DataClass[] = [...ORDINARY, ...PROTECTED]

interface AskParameters {
  readonly reader: Reader
  readonly patient: Hex
  readonly who: string
  readonly onClose: () => void
  /** Told once it is in the register; the note is shown still. */
  readonly onAsked: () => void
}

/** Asks a patient for access, and shows the note that they need to read why. */
export function AskDialog({ reader, patient, who, onClose, onAsked }: AskParameters) {
  const words = useWords()
  const { say } = words
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const possible = purposesFor(session.person.roles)
  const [purposes, setPurposes] = useState<readonly Purpose[]>(possible.slice(0, 1))
  const [some, setSome] = useState(false)
  const [chosen, setChosen] = useState<readonly DataClass[]>([])
  const [days, setDays] = useState<number>(DAYS[0])
  const [why, setWhy] = useState('')
  const [status, setStatus] = useState<TransactionStatus>()
  const [note, setNote] = useState<string>()
  // The notes of attempts of which nobody knows what became.
  const [maybe, setMaybe] = useState<readonly string[]>([])
  // The same for every attempt, so that the note is of the request on chain, whichever attempt came through.
  const [salt] = useState(newSalt)
  const classes = some ? KINDS.filter((each) => chosen.includes(each)) : []
  const incomplete = purposes.length === 0 || (some && classes.length === 0)
  const until = new Date(Date.now() + days * DAY_MS)
  const ask = () =>
    run(async () => {
      const wish = { by: reader, patient, purposes, classes, until, why: why.trim(), salt }
      const asked = await request(session.aegle, { ...wish, onTransaction: setStatus }).catch((failed: unknown) => {
        const sent: RequestNote = { patient, requester: reader.account.id, why: wish.why, classes, salt }
        if (isUncertain(failed)) setMaybe((before) => [...new Set([...before, JSON.stringify(sent)])])
        throw failed
      })
      setNote(JSON.stringify(asked.note))
      announce(say('ask.done', { who }))
      onAsked()
    })
  if (note !== undefined) {
    return (
      <Dialog key="note" title={say('ask.note.title')} onClose={onClose}>
        <p>{say('ask.note', { who })}</p>
        <ToKeep label={say('ask.note.label')} text={note} done={{ label: say('ask.note.done'), onDone: onClose }} />
      </Dialog>
    )
  }
  return (
    <Dialog key="ask" title={say('ask.title', { who })} onClose={onClose} busy={busy}>
      {incomplete ? (
        <p class="notice">{say('ask.nothing')}</p>
      ) : (
        <p class="sentence">{askSentence({ who, purposes, classes, until }, words)}</p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!incomplete) ask()
        }}
      >
        <fieldset>
          <legend>{say('ask.purposes')}</legend>
          {possible.map((each) => (
            <label key={each} class="choice">
              <input
                type="checkbox"
                checked={purposes.includes(each)}
                onChange={(event) => {
                  const on = event.currentTarget.checked
                  setPurposes(possible.filter((one) => (one === each ? on : purposes.includes(one))))
                }}
              />
              {say(`ask.purpose.${each}` as MessageKey)}
            </label>
          ))}
        </fieldset>
        <fieldset>
          <legend>{say('ask.what')}</legend>
          <label class="choice">
            <input type="radio" name="what" checked={!some} onChange={() => setSome(false)} />
            {say('ask.what.everything')}
          </label>
          <label class="choice">
            <input type="radio" name="what" checked={some} onChange={() => setSome(true)} />
            {say('ask.what.some')}
          </label>
        </fieldset>
        {some && (
          <Kinds
            legend={say('grant.kinds')}
            kinds={KINDS}
            chosen={chosen}
            onChoose={(kind, on) => setChosen(KINDS.filter((one) => (one === kind ? on : chosen.includes(one))))}
          />
        )}
        <DaysField id="ask-days" choices={DAYS} days={days} onDays={setDays} />
        <label for="ask-why">{say('ask.why')}</label>
        <p class="hint" id="ask-why-hint">
          {say('ask.why.hint')}
        </p>
        <textarea
          id="ask-why"
          rows={3}
          required
          maxLength={MAX_WHY_LENGTH}
          aria-describedby="ask-why-hint"
          value={why}
          onInput={(event) => setWhy(event.currentTarget.value)}
        />
        {maybe.length > 0 && <ToKeep label={say('ask.note.label')} text={maybe.join('\n')} />}
        <DialogButtons
          label={say('ask.button')}
          uncertain={say('ask.uncertain')}
          disabled={incomplete || why.trim() === ''}
          {...{ busy, status, error, onClose }}
        />
      </form>
    </Dialog>
  )
}
