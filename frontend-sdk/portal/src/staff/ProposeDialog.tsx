import { type CommitteePlan, type Foretold, propose, type Reader, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'
import { outcome } from './ProposalDialogs.tsx'

const HOUR_MS = 3_600_000

interface ProposeDialogParameters {
  readonly member: Reader
  readonly plan: CommitteePlan
  readonly foretold: Foretold
  readonly onClose: () => void
  /** Told what came of it, in a sentence. */
  readonly onDone: (told: string) => void
}

/** Says what a plan does and when it takes effect, and starts it; where there is one of the same, votes for that. */
export function ProposeDialog({ member, plan, foretold, onClose, onDone }: ProposeDialogParameters) {
  const words = useWords()
  const { say, count } = words
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [status, setStatus] = useState<TransactionStatus>()
  const { sentence, threshold, waitsMs, openMs, open } = foretold
  /** A time in days where it is whole ones, else in hours. */
  const lasting = (milliseconds: number) => {
    const hours = Math.ceil(milliseconds / HOUR_MS)
    return hours % 24 === 0 ? count('grant.days', hours / 24) : count('propose.hours', hours)
  }
  const go = () =>
    run(async () => {
      const proposed = await propose(session.aegle, { by: member, plan, onTransaction: setStatus })
      const told = proposed.proposal === null ? say('propose.done') : outcome(proposed, proposed.proposal, words)
      announce(told)
      onDone(told)
    })
  return (
    <Dialog title={say(open === null ? 'propose.ask' : 'committee.askVote', { number: open ?? '' })} onClose={onClose} busy={busy}>
      <p class="sentence" lang="en">
        {sentence}
      </p>
      {open !== null && <p class="notice">{say('propose.open')}</p>}
      <p>{count('propose.votes', threshold, { time: lasting(openMs) })}</p>
      <p class="strong">{waitsMs === null ? say('propose.atOnce') : say('propose.waits', { time: lasting(waitsMs) })}</p>
      <p>{say('propose.seen')}</p>
      <DialogButtons
        label={say(open === null ? 'propose.yes' : 'committee.yesVote')}
        uncertain={say('propose.uncertain')}
        onConfirm={go}
        {...{ busy, status, error, onClose }}
      />
    </Dialog>
  )
}
