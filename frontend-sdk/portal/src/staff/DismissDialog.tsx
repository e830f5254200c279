import { dismiss, type Hex, type Reader, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'

interface DismissParameters {
  readonly admin: Reader
  readonly account: Hex
  readonly who: string
  readonly told: string
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Asks once more, and takes somebody’s role. */
export function DismissDialog({ admin, account, who, told, onClose, onDone }: DismissParameters) {
  const { say } = useWords()
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [status, setStatus] = useState<TransactionStatus>()
  const go = () =>
    run(async () => {
      await dismiss(session.aegle, { by: admin, accounts: [account], onTransaction: setStatus })
      announce(say('staff.dismissed', { who }))
      onDone()
    })
  return (
    <Dialog title={say('staff.dismiss.title', { who })} onClose={onClose} busy={busy}>
      <p>{say('revoke.now')}</p>
      <p class="sentence">{told}</p>
      <p>{say('staff.dismiss.text')}</p>
      <DialogButtons label={say('staff.dismiss.button')} danger onConfirm={go} {...{ busy, status, error, onClose }} />
    </Dialog>
  )
}
