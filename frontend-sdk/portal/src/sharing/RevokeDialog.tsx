import { type Hex, type Patient, revoke } from '@aegle/sdk'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Failure, Waiting } from '../ui/Failure.tsx'
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
    <Dialog title={say('revoke.title', { name })} onClose={onClose}>
      <p>{say('revoke.now')}</p>
      <p class="sentence">{told}</p>
      <p>{say('revoke.text')}</p>
      {busy && <Waiting>{say('status.preparing')}</Waiting>}
      {error !== undefined && <Failure error={error} />}
      <div class="row">
        <button type="button" class="danger" disabled={busy} onClick={stop}>
          {say('revoke.button')}
        </button>
        <button type="button" class="quiet" disabled={busy} onClick={onClose}>
          {say('app.cancel')}
        </button>
      </div>
    </Dialog>
  )
}
