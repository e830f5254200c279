import { erase, type ErasureReason, type Reader, type RecordPosition, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { type MessageKey, useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import type { Custodian } from '../settings.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'
import { readPlace } from './place.ts'

/** The grounds, those that patients give first. */
const REASONS: readonly ErasureReason[] = ['patient-request', 'entered-in-error', 'retention-ended', 'legal-obligation', 'unlawful']

interface AskErasureParameters {
  readonly admin: Reader
  readonly custodians: readonly Custodian[]
  readonly onDone: () => void
}

/** Asks for the erasure of the record that a patient has named. */
export function AskErasure({ admin, custodians, onDone }: AskErasureParameters) {
  const { say } = useWords()
  const [text, setText] = useState('')
  const [reason, setReason] = useState<ErasureReason>('patient-request')
  const [asking, setAsking] = useState<RecordPosition>()
  const place = readPlace(text)
  const custodian = place && custodians.find(({ domain }) => domain === place.domain)
  return (
    <section aria-labelledby="ask-erasure">
      <h2 id="ask-erasure">{say('erasing.new.title')}</h2>
      <p>{say('erasing.new.intro')}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setAsking(place)
        }}
      >
        <label for="erasure-line">{say('erasing.own.line')}</label>
        <input id="erasure-line" required autocomplete="off" aria-describedby="erasure-fault" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        <p class="hint" id="erasure-fault" role="status">
          {text.trim() !== '' && (place === undefined ? say('erasing.new.noLine') : custodian === undefined ? say('erasing.new.elsewhere') : custodian.name)}
        </p>
        <label for="erasure-reason">{say('erasing.new.reason')}</label>
        <select id="erasure-reason" value={reason} onChange={(event) => setReason(event.currentTarget.value as ErasureReason)}>
          {REASONS.map((name) => (
            <option key={name} value={name}>
              {say(`erasing.reason.${name}` as MessageKey)}
            </option>
          ))}
        </select>
        <div class="row">
          <button type="submit" class="main" disabled={custodian === undefined}>
            {say('erasing.new.button')}
          </button>
        </div>
      </form>
      {asking && (
        <AskDialog
          {...{ admin, reason }}
          at={asking}
          onClose={() => setAsking(undefined)}
          onDone={() => {
            setAsking(undefined)
            setText('')
            onDone()
          }}
        />
      )}
    </section>
  )
}

interface AskDialogParameters {
  readonly admin: Reader
  readonly at: RecordPosition
  readonly reason: ErasureReason
  readonly onClose: () => void
  readonly onDone: () => void
}

function AskDialog({ admin, at: { domain, batch, number }, reason, onClose, onDone }: AskDialogParameters) {
  const { say, dateTime } = useWords()
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [status, setStatus] = useState<TransactionStatus>()
  const go = () =>
    run(async () => {
      const [asked] = await erase(session.aegle, { by: admin, domain, batch, numbers: [number], reason, onTransaction: setStatus })
      // What was asked for before is not asked for again.
      announce(asked?.finalAt ? say('erasing.new.done', { at: dateTime(asked.finalAt) }) : say('erasing.new.before'))
      onDone()
    })
  return (
    <Dialog title={say('erasing.new.ask')} onClose={onClose} busy={busy}>
      <p class="sentence">{say(`erasing.reason.${reason}` as MessageKey)}</p>
      <p>{say('erasing.new.text')}</p>
      <DialogButtons label={say('erasing.new.yes')} danger onConfirm={go} {...{ busy, status, error, onClose }} />
    </Dialog>
  )
}
