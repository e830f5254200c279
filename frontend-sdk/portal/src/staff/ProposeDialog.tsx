import { type CommitteePlan, type Foretold, propose, type Reader, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { refusedBecause, votedBefore } from '../errors.ts'
import { useWords, type Words } from '../i18n.ts'
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
  /** Called when the vote counts, though what it was enough for was not done. */
  readonly onCounted: () => void
  readonly onClose: () => void
  /** Told what came of it, in a sentence. */
  readonly onDone: (told: string) => void
}

/** A time in days where it is whole ones, else in hours. */
function lasting(milliseconds: number, { count }: Words): string {
  const hours = Math.ceil(milliseconds / HOUR_MS)
  return hours % 24 === 0 ? count('grant.days', hours / 24) : count('propose.hours', hours)
}

/** What signing does now, in a sentence. */
function doing({ first, next, notBefore, votes, threshold }: Foretold, { say, dateTime }: Words): string {
  if (first === null && next === 'carried-out') return say('propose.does.carryOut')
  if (first === null && notBefore !== null) return say('propose.does.locked', { at: dateTime(new Date(notBefore)) })
  if (first === null) return say('propose.does.nothing')
  if (next === 'carried-out') return say(first === 'propose' ? 'propose.does.proposeAll' : 'propose.does.voteAll')
  if (next === 'time-lock') return say(first === 'propose' ? 'propose.does.proposeLast' : 'propose.does.voteLast')
  return say(first === 'propose' ? 'propose.does.propose' : 'propose.does.vote', { votes, threshold })
}

/** Says what a plan does, what signing does now and when the plan takes effect; and does it. */
export function ProposeDialog({ member, plan, foretold, onCounted, onClose, onDone }: ProposeDialogParameters) {
  const words = useWords()
  const { say, count } = words
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [status, setStatus] = useState<TransactionStatus>()
  const { sentence, threshold, waitsMs, openMs, open, first, next } = foretold
  const carries = first === null && next === 'carried-out'
  const [title, yes] = carries
    ? (['committee.askCarryOut', 'committee.yesCarryOut'] as const)
    : open === null
      ? (['propose.ask', 'propose.yes'] as const)
      : (['committee.askVote', 'committee.yesVote'] as const)
  const go = () =>
    run(async () => {
      const proposed = await propose(session.aegle, { by: member, plan, onTransaction: setStatus }).catch((failed: unknown) => {
        if (votedBefore(failed)) onCounted()
        throw failed
      })
      const number = proposed.proposal ?? open
      const told = number === null ? say('propose.done') : outcome(proposed, number, words)
      announce(told)
      onDone(told)
    })
  return (
    <Dialog title={say(title, { number: open ?? '' })} onClose={onClose} busy={busy}>
      <p class="sentence" lang="en">
        {sentence}
      </p>
      {open !== null && <p class="notice">{say('propose.open', { number: open })}</p>}
      <p class="strong">{doing(foretold, words)}</p>
      {open === null && <p>{count('propose.votes', threshold, { time: lasting(openMs, words) })}</p>}
      {!carries && next !== 'carried-out' && <p>{waitsMs === null ? say('propose.atOnce') : say('propose.waits', { time: lasting(waitsMs, words) })}</p>}
      <p>{say('propose.seen')}</p>
      <DialogButtons
        label={say(yes)}
        because={refusedBecause(error)}
        uncertain={say('propose.uncertain')}
        disabled={first === null && !carries}
        onConfirm={go}
        {...{ busy, status, error, onClose }}
      />
    </Dialog>
  )
}
