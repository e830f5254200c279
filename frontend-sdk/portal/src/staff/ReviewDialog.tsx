import { newSalt, type Reader, review, type TransactionStatus, type UnreviewedGlass } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { isUncertain } from '../errors.ts'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'
import { ToKeep } from '../ui/ToKeep.tsx'

/** The longest reasons in words. */
const MAX_WHY_LENGTH = 2_000

interface ReviewParameters {
  readonly admin: Reader
  readonly glass: UnreviewedGlass
  readonly who: string
  readonly told: string
  readonly onClose: () => void
  /** Told once it is in the register; what is to be kept is shown still. */
  readonly onReviewed: () => void
}

/** Asks what was found, and why, and writes the review into the register. */
export function ReviewDialog({ admin, glass, who, told, onClose, onReviewed }: ReviewParameters) {
  const { say } = useWords()
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [justified, setJustified] = useState<boolean>()
  const [why, setWhy] = useState('')
  const [status, setStatus] = useState<TransactionStatus>()
  const [kept, setKept] = useState<string>()
  // What may be in the register by an attempt of which nobody knows what became.
  const [maybe, setMaybe] = useState<readonly string[]>([])
  // The same for every attempt, so that the reasons are those of the hash on chain, whichever attempt came through.
  const [salt] = useState(newSalt)
  const go = (found: boolean) =>
    run(async () => {
      const { patient, clinician, openedAt } = glass
      const finding = { patient, clinician, openedAt, justified: found, why: why.trim() }
      const text = JSON.stringify({ ...finding, salt })
      await review(session.aegle, { by: admin, ...finding, salt, onTransaction: setStatus }).catch((failed: unknown) => {
        if (isUncertain(failed)) setMaybe((before) => [...new Set([...before, text])])
        throw failed
      })
      setKept(text)
      announce(say('review.done', { who }))
      onReviewed()
    })
  if (kept !== undefined) {
    return (
      <Dialog key="kept" title={say('review.keep.title')} onClose={onClose}>
        <p>{say('review.keep')}</p>
        <ToKeep label={say('review.keep.label')} text={kept} done={{ label: say('ask.note.done'), onDone: onClose }} />
      </Dialog>
    )
  }
  return (
    <Dialog key="review" title={say('review.ask', { who })} onClose={onClose} busy={busy}>
      <p class="sentence">{told}</p>
      <p>{say('review.text')}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (justified !== undefined) go(justified)
        }}
      >
        <fieldset>
          <legend>{say('review.found')}</legend>
          <label class="choice">
            <input type="radio" name="found" required checked={justified === true} onChange={() => setJustified(true)} />
            {say('review.justified')}
          </label>
          <label class="choice">
            <input type="radio" name="found" required checked={justified === false} onChange={() => setJustified(false)} />
            {say('review.unjustified')}
          </label>
        </fieldset>
        <label for="review-why">{say('review.why')}</label>
        <textarea
          id="review-why"
          rows={3}
          required
          maxLength={MAX_WHY_LENGTH}
          value={why}
          onInput={(event) => setWhy(event.currentTarget.value)}
        />
        {maybe.length > 0 && <ToKeep label={say('review.keep.label')} text={maybe.join('\n')} />}
        <DialogButtons
          label={say('review.yes')}
          uncertain={say('review.uncertain')}
          disabled={justified === undefined || why.trim() === ''}
          {...{ busy, status, error, onClose }}
        />
      </form>
    </Dialog>
  )
}
