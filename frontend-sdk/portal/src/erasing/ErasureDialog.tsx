import { type Actor, cancelErasure, secondErasure, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'

/** What is done about an erasure that waits. */
export type Deed = 'second' | 'cancel'

interface ErasureDialogParameters {
  readonly by: Actor
  readonly domain: number
  /** Its number in the domain. */
  readonly erasure: number
  readonly deed: Deed
  readonly told: string
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Asks once more, and asks for an erasure too, or calls it off. */
export function ErasureDialog({ by, domain, erasure, deed, told, onClose, onDone }: ErasureDialogParameters) {
  const { say } = useWords()
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [status, setStatus] = useState<TransactionStatus>()
  const go = () =>
    run(async () => {
      const wanted = { by, domain, erasure, onTransaction: setStatus }
      await (deed === 'second' ? secondErasure(session.aegle, wanted) : cancelErasure(session.aegle, wanted))
      announce(say(deed === 'second' ? 'erasing.second.done' : 'erasing.cancel.done'))
      onDone()
    })
  return (
    <Dialog title={say(deed === 'second' ? 'erasing.second.ask' : 'erasing.cancel.ask')} onClose={onClose} busy={busy}>
      <p class="sentence">{told}</p>
      <p>{say(deed === 'second' ? 'erasing.second.text' : 'erasing.cancel.text')}</p>
      <DialogButtons label={say(deed === 'second' ? 'erasing.second.yes' : 'erasing.cancel.yes')} danger={deed === 'second'} onConfirm={go} {...{ busy, status, error, onClose }} />
    </Dialog>
  )
}
