import { activatePatient, type Hex, type Reader, ss58, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'

interface VouchParameters {
  readonly admin: Reader
  readonly patient: Hex
  readonly who: string
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Asks whether the code was compared with that of the person, and vouches for them. */
export function VouchDialog({ admin, patient, who, onClose, onDone }: VouchParameters) {
  const { say } = useWords()
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [compared, setCompared] = useState(false)
  const [status, setStatus] = useState<TransactionStatus>()
  const go = () =>
    run(async () => {
      await activatePatient(session.aegle, { by: admin, patient, onTransaction: setStatus })
      announce(say('vouch.done', { who }))
      onDone()
    })
  return (
    <Dialog title={say('vouch.ask', { who })} onClose={onClose} busy={busy}>
      <p>{say('vouch.text')}</p>
      <p class="code">{ss58(patient)}</p>
      <label class="choice">
        <input type="checkbox" checked={compared} onChange={(event) => setCompared(event.currentTarget.checked)} />
        {say('vouch.compared')}
      </label>
      <DialogButtons label={say('vouch.yes')} disabled={!compared} onConfirm={go} {...{ busy, status, error, onClose }} />
    </Dialog>
  )
}
