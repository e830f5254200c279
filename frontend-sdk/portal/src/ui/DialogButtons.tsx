import type { TransactionStatus } from '@aegle/sdk'
import { isUncertain } from '../errors.ts'
import { type MessageKey, useWords } from '../i18n.ts'
import { Failure, Waiting } from './Failure.tsx'

interface DialogButtonsParameters {
  /** What the button says that does it. */
  readonly label: string
  /** Whether it takes something away. */
  readonly danger?: boolean
  readonly busy: boolean
  /** How far the transaction has come. */
  readonly status?: TransactionStatus | undefined
  readonly error: unknown
  /** What stands against it, as {@link Failure} takes it. */
  readonly because?: string | undefined
  /** What is said where it may have been done all the same: where to look. */
  readonly uncertain?: string
  /** Whether there is nothing to do yet. */
  readonly disabled?: boolean
  /** Does it; without it, the form around it is submitted. */
  readonly onConfirm?: () => void
  readonly onClose: () => void
}

/** The end of a dialog: how far it has come, what went wrong, and the buttons that do it or leave it. */
export function DialogButtons({ label, danger, busy, status, error, because, uncertain, disabled, onConfirm, onClose }: DialogButtonsParameters) {
  const { say } = useWords()
  return (
    <>
      {busy && <Waiting>{say(status ? (`status.${status}` as MessageKey) : 'status.preparing')}</Waiting>}
      {error !== undefined && <Failure error={error} because={because} />}
      {uncertain !== undefined && isUncertain(error) && <p class="notice strong">{uncertain}</p>}
      <div class="row">
        <button type={onConfirm ? 'button' : 'submit'} class={danger ? 'danger' : 'main'} disabled={busy || disabled} onClick={onConfirm}>
          {label}
        </button>
        <button type="button" class="quiet" disabled={busy} onClick={onClose}>
          {say('app.cancel')}
        </button>
      </div>
    </>
  )
}
