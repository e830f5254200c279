import { breakGlass, type Hex, type Reader } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'
import { REASONS } from './reasons.ts'

/** The longest reason in words: the review needs a sentence or two. */
const MAX_WHY_LENGTH = 500

interface EmergencyParameters {
  readonly reader: Reader
  readonly patient: Hex
  readonly onClose: () => void
  readonly onOpened: () => void
}

/** Asks for the reason of an emergency, says what follows, and breaks the glass. */
export function EmergencyDialog({ reader, patient, onClose, onOpened }: EmergencyParameters) {
  const { say, dateTime } = useWords()
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [reason, setReason] = useState<number>()
  const [why, setWhy] = useState('')
  const open = (chosen: number) =>
    run(async () => {
      const { until } = await breakGlass(session.aegle, { by: reader, patient, reason: chosen, why: why.trim() })
      announce(say('emergency.opened', { until: dateTime(until) }))
      onOpened()
    })
  return (
    <Dialog title={say('emergency.title')} onClose={onClose} busy={busy}>
      <p>{say('emergency.text')}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (reason !== undefined) open(reason)
        }}
      >
        <fieldset>
          <legend>{say('emergency.reason')}</legend>
          {REASONS.map(([code, key]) => (
            <label key={code} class="choice">
              <input type="radio" name="reason" required checked={reason === code} onChange={() => setReason(code)} />
              {say(key)}
            </label>
          ))}
        </fieldset>
        <label for="why">{say('emergency.why')}</label>
        <textarea id="why" rows={3} required maxLength={MAX_WHY_LENGTH} value={why} onInput={(event) => setWhy(event.currentTarget.value)} />
        <DialogButtons label={say('emergency.button')} danger {...{ busy, error, onClose }} />
      </form>
    </Dialog>
  )
}
