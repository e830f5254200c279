import { type Reader, type TransactionStatus, vote, type Voted, withdraw } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { refusedBecause, votedBefore } from '../errors.ts'
import { useWords, type Words } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'

interface ProposalParameters {
  readonly member: Reader
  readonly proposal: number
  readonly onClose: () => void
  /** Told what came of it, in a sentence. */
  readonly onDone: (told: string) => void
}

interface VoteParameters extends ProposalParameters {
  readonly sentence: string
  /** In how many of the newest blocks is looked for what it is for. */
  readonly newestBlocks: number
  /** Whether it has its votes. */
  readonly carries: boolean
  /** Called when the vote counts, though what it was enough for was not done. */
  readonly onCounted: () => void
}

/** What came of a vote, or of proposing. */
export function outcome({ done, notBefore, unaccepted }: Voted, number: number, { say, count, dateTime }: Words): string {
  if (done) return say('committee.done', { number })
  if (notBefore === null) return say('committee.counted', { number })
  const from = say('committee.notBefore', { number, at: dateTime(new Date(notBefore)) })
  return unaccepted.length > 0 ? `${from} ${count('committee.unaccepted', unaccepted.length)}` : from
}

/** Asks once more, in the words of the list, and votes; the last vote that it takes carries the proposal out. */
export function VoteDialog({ member, proposal, sentence, newestBlocks, carries, onCounted, onClose, onDone }: VoteParameters) {
  const words = useWords()
  const { say } = words
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [status, setStatus] = useState<TransactionStatus>()
  const go = () =>
    run(async () => {
      const voted = await vote(session.aegle, { by: member, proposal, newestBlocks, onTransaction: setStatus }).catch((failed: unknown) => {
        if (votedBefore(failed)) onCounted()
        throw failed
      })
      const told = outcome(voted, proposal, words)
      announce(told)
      onDone(told)
    })
  return (
    <Dialog title={say(carries ? 'committee.askCarryOut' : 'committee.askVote', { number: proposal })} onClose={onClose} busy={busy}>
      <p class="sentence" lang="en">
        {sentence}
      </p>
      <p>{say(carries ? 'committee.carryOutText' : 'committee.voteText')}</p>
      <DialogButtons label={say(carries ? 'committee.yesCarryOut' : 'committee.yesVote')} onConfirm={go} because={refusedBecause(error)} {...{ busy, status, error, onClose }} />
    </Dialog>
  )
}

/** Asks once more, and takes a proposal back. */
export function WithdrawDialog({ member, proposal, sentence, onClose, onDone }: ProposalParameters & { readonly sentence: string | null }) {
  const { say } = useWords()
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [status, setStatus] = useState<TransactionStatus>()
  const go = () =>
    run(async () => {
      await withdraw(session.aegle, { by: member, proposal, onTransaction: setStatus })
      const told = say('committee.withdrawn', { number: proposal })
      announce(told)
      onDone(told)
    })
  return (
    <Dialog title={say('committee.askWithdraw', { number: proposal })} onClose={onClose} busy={busy}>
      {sentence !== null && (
        <p class="sentence" lang="en">
          {sentence}
        </p>
      )}
      <p>{say('committee.withdrawText')}</p>
      <DialogButtons label={say('committee.yesWithdraw')} danger onConfirm={go} because={refusedBecause(error)} {...{ busy, status, error, onClose }} />
    </Dialog>
  )
}
