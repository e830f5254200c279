import { appoint, type Reader, type RoleName, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { type MessageKey, useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'
import { Faults, Losses } from './Faults.tsx'
import { type FaultyLine, leftBy, type Line, type Loss } from './lines.ts'

/** Most accounts that one call of the contract takes. */
const PART = 64

/** What became of an appointment. */
export interface Report {
  /** How many people were appointed. */
  readonly done: number
  /** The lines for which nothing was done, or for which that is not known. */
  readonly faults: readonly FaultyLine[]
  /** What ended it before its end; nothing where nothing did. */
  readonly error: unknown
}

interface AppointParameters {
  readonly admin: Reader
  readonly roles: readonly RoleName[]
  readonly until: Date
  readonly lines: readonly Line[]
  /** Who may do less than before. */
  readonly losses: readonly Loss[]
  readonly faults: readonly FaultyLine[]
  readonly onClose: () => void
  readonly onDone: (report: Report) => void
}

/** Asks once more, names the lines that are left out, and appoints the others, part by part. */
export function AppointDialog({ admin, roles, until, lines, losses, faults, onClose, onDone }: AppointParameters) {
  const { say, count, date, list } = useWords()
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [done, setDone] = useState(0)
  const [status, setStatus] = useState<TransactionStatus>()
  const go = () =>
    run(async () => {
      let stands = 0
      try {
        for (; stands < lines.length; ) {
          const part = lines.slice(stands, stands + PART)
          const accounts = part.map(({ account }) => account)
          await appoint(session.aegle, { by: admin, accounts, roles, until, onTransaction: setStatus })
          stands += part.length
          setDone(stands)
          announce(say('appoint.progress', { done: stands, all: lines.length }))
        }
        onDone({ done: stands, faults, error: undefined })
      } catch (failed) {
        // What stands is said to stand, and who is left is named.
        const left = leftBy(failed, lines, stands, PART)
        onDone({ done: stands, faults: [...faults, ...left].sort((one, other) => one.line - other.line), error: failed })
      }
    })
  const does = list(roles.map((role) => say(`staff.gets.${role}` as MessageKey)))
  return (
    <Dialog title={say('appoint.ask')} onClose={onClose} busy={busy}>
      <p class="sentence">{count('appoint.sentence', lines.length, { does, until: date(until) })}</p>
      <p>{say('appoint.instead')}</p>
      <Losses losses={losses} />
      <Faults faults={faults} />
      {busy && lines.length > PART && (
        <>
          <label for="appointed">{say('appoint.progress', { done, all: lines.length })}</label>
          <progress id="appointed" value={done} max={lines.length} />
        </>
      )}
      <DialogButtons label={say('appoint.button')} onConfirm={go} {...{ busy, status, error, onClose }} />
    </Dialog>
  )
}
