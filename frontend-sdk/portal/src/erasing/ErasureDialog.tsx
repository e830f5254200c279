import { type Actor, cancelErasure, secondErasure, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'

/** What is done about an erasure that waits, and how it is said. */
const DEEDS = {
  second: { act: secondErasure, ask: 'erasing.second.ask', text: 'erasing.second.text', yes: 'erasing.second.yes', done: 'erasing.second.done' },
  cancel: { act: cancelErasure, ask: 'erasing.cancel.ask', text: 'erasing.cancel.text', yes: 'erasing.cancel.yes', done: 'erasing.cancel.done' },
} as const

/** What is done about an erasure that waits. */
export type Deed = keyof typeof DEEDS

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
  const { act, ask, text, yes, done } = DEEDS[deed]
  const go = () =>
    run(async () => {
      await act(session.aegle, { by, domain, erasure, onTransaction: setStatus })
      announce(say(done))
      onDone()
    })
  return (
    <Dialog title={say(ask)} onClose={onClose} busy={busy}>
      <p class="sentence">{told}</p>
      <p>{say(text)}</p>
      <DialogButtons label={say(yes)} danger={deed === 'second'} onConfirm={go} {...{ busy, status, error, onClose }} />
    </Dialog>
  )
}
