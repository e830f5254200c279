import { approve, type DataClass, type Patient, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import type { AskedFor } from '../chain/requests.ts'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'
import { PROTECTED } from './classes.ts'
import { Kinds } from './Kinds.tsx'
import { secrecy, sentence } from './sentence.ts'

/** Shorter times than what was asked for, in days. */
const DAYS = [180, 30, 7, 1] as const
const DAY_MS = 24 * 3_600_000

interface ApproveParameters {
  readonly patient: Patient
  readonly request: AskedFor
  readonly who: string
  /** The kinds that can be approved: what was asked for, a most private kind by itself. */
  readonly classes: readonly DataClass[]
  readonly onClose: () => void
  readonly onApproved: () => void
}

/** Asks once more, in the words that the list will have, and approves what was asked for, or less. */
export function ApproveDialog({ patient, request, who, classes, onClose, onApproved }: ApproveParameters) {
  const words = useWords()
  const { say, count, date } = words
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const onlyOne = classes.every((name) => PROTECTED.includes(name))
  const [chosen, setChosen] = useState<readonly DataClass[]>(onlyOne ? classes.slice(0, 1) : classes)
  const [days, setDays] = useState<number>()
  const [status, setStatus] = useState<TransactionStatus>()
  const { purposes, requester, confidentiality } = request
  const until = days === undefined ? request.until : new Date(Date.now() + days * DAY_MS)
  const shorter = DAYS.filter((each) => Date.now() + each * DAY_MS < request.until.getTime())
  const choose = (name: DataClass, on: boolean) => {
    if (onlyOne) setChosen([name])
    else setChosen(classes.filter((each) => (each === name ? on : chosen.includes(each))))
  }
  const allow = () =>
    run(async () => {
      // What is shown, and not what the chain has when the button is pressed: whoever asks may have asked for more since.
      const shown = { purposes, classes: chosen, confidentiality, until }
      await approve(session.aegle, { patient, requester, ...shown, onTransaction: setStatus })
      announce(say('sharing.granted', { name: who }))
      onApproved()
    })
  return (
    <Dialog title={say('request.answer.title', { who })} onClose={onClose} busy={busy}>
      {chosen.length > 0 ? (
        <>
          <p class="sentence">{sentence({ who, permits: true, purposes, classes: chosen, until }, words)}</p>
          <p>{secrecy(confidentiality, words)}</p>
        </>
      ) : (
        <p class="notice">{say('grant.nothing')}</p>
      )}
      <Kinds legend={say(onlyOne ? 'grant.kind' : 'request.kinds')} kinds={classes} onChoose={choose} {...{ chosen, onlyOne }} />
      <label for="how-long">{say('grant.howLong')}</label>
      <select
        id="how-long"
        value={days ?? ''}
        onChange={(event) => setDays(event.currentTarget.value === '' ? undefined : Number(event.currentTarget.value))}
      >
        <option value="">{say('request.asAsked', { until: date(request.until) })}</option>
        {shorter.map((each) => (
          <option key={each} value={each}>
            {count('grant.days', each)}
          </option>
        ))}
      </select>
      <DialogButtons label={say('grant.button')} disabled={chosen.length === 0} onConfirm={allow} {...{ busy, status, error, onClose }} />
    </Dialog>
  )
}
