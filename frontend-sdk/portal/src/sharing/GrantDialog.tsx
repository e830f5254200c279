import { type DataClass, grant, type Hex, type Patient, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { type MessageKey, useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { DaysField } from '../ui/DaysField.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'
import { ORDINARY, PROTECTED } from './classes.ts'
import { Kinds } from './Kinds.tsx'
import { className, sentence } from './sentence.ts'

/** For how many days access is given; the first one is what most patients take. */
const DAYS = [365, 180, 30, 1] as const
const DAY_MS = 24 * 3_600_000

interface GrantParameters {
  readonly patient: Patient
  readonly to: Hex
  readonly name: string
  readonly onClose: () => void
  readonly onGranted: () => void
}

type Choice = 'ordinary' | 'some' | 'protected'

/** Asks once more, in the words that the list and the log will have, and gives access. */
export function GrantDialog({ patient, to, name, onClose, onGranted }: GrantParameters) {
  const words = useWords()
  const { say } = words
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [days, setDays] = useState<number>(DAYS[0])
  const [choice, setChoice] = useState<Choice>('ordinary')
  const [some, setSome] = useState<readonly DataClass[]>([])
  const [one, setOne] = useState<DataClass>('mental-health')
  const [status, setStatus] = useState<TransactionStatus>()
  const until = new Date(Date.now() + days * DAY_MS)
  const classes = choice === 'ordinary' ? ORDINARY : choice === 'some' ? ORDINARY.filter((each) => some.includes(each)) : [one]
  const told = sentence({ who: name, permits: true, purposes: ['TREAT'], classes, until }, words)
  const allow = () =>
    run(async () => {
      await grant(session.aegle, { patient, to, purposes: ['TREAT'], until, classes, onTransaction: setStatus })
      announce(say('sharing.granted', { name }))
      onGranted()
    })
  return (
    <Dialog title={say('grant.title', { name })} onClose={onClose} busy={busy}>
      {classes.length > 0 ? <p class="sentence">{told}</p> : <p class="notice">{say('grant.nothing')}</p>}
      <fieldset>
        <legend>{say('grant.what')}</legend>
        {(['ordinary', 'some', 'protected'] as const).map((each) => (
          <label key={each} class="choice">
            <input type="radio" name="what" checked={choice === each} onChange={() => setChoice(each)} />
            {say(`grant.what.${each}` as MessageKey)}
          </label>
        ))}
      </fieldset>
      {choice === 'some' && (
        <Kinds
          legend={say('grant.kinds')}
          kinds={ORDINARY}
          chosen={some}
          onChoose={(kind, on) => setSome(on ? [...some, kind] : some.filter((other) => other !== kind))}
        />
      )}
      {choice === 'protected' && (
        <>
          <label for="one">{say('grant.kind')}</label>
          <select id="one" value={one} onChange={(event) => setOne(event.currentTarget.value as DataClass)}>
            {PROTECTED.map((each) => (
              <option key={each} value={each}>
                {className(each, words)}
              </option>
            ))}
          </select>
        </>
      )}
      <DaysField id="days" choices={DAYS} days={days} onDays={setDays} />
      <DialogButtons label={say('grant.button')} disabled={classes.length === 0} onConfirm={allow} {...{ busy, status, error, onClose }} />
    </Dialog>
  )
}
