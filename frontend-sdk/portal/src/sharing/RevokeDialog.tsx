import { type Hex, type Patient, revoke } from '@aegle/sdk'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'

interface RevokeParameters {
  readonly patient: Patient
  readonly from: Hex
  readonly grant: number
  readonly name: string
  readonly told: string
  readonly onClose: () => void
  readonly onRevoked: () => void
}

/** Asks once more, and ends a grant. */
export function RevokeDialog({ patient, from, grant, name, told, onClose, onRevoked }: RevokeParameters) {
  const { say } = useWords()
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const stop = () =>
    run(async () => {
      await revoke(session.aegle, { patient, grant, from })
      announce(say('sharing.revoked', { name }))
      onRevoked()
    })
  return (
    <Dialog title={say('revoke.title', { name })} onClose={onClose} busy={busy}>
      <p>{say('revoke.now')}</p>
      <p class="sentence">{told}</p>
      <p>{say('revoke.text')}</p>
      <DialogButtons label={say('revoke.button')} danger onConfirm={stop} {...{ busy, error, onClose }} />
    </Dialog>
  )
}
