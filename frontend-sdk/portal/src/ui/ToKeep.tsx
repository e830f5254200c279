import { useId, useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'

interface ToKeepParameters {
  readonly label: string
  readonly text: string
  /** The button that says that it is kept, where there is one. */
  readonly done?: { readonly label: string; readonly onDone: () => void }
}

/** How many characters one line has on a phone. */
const SHORT = 24

/** A text to be kept or handed over, which the portal shows once and keeps nowhere. */
export function ToKeep({ label, text, done }: ToKeepParameters) {
  const { say } = useWords()
  const { announce } = usePortal()
  const id = useId()
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
    } catch {
      // A browser that lets no page write to the clipboard has it marked, so that it can be copied by hand.
      const field = document.getElementById(id)
      if (field instanceof HTMLTextAreaElement) field.select()
      return
    }
    setCopied(true)
    announce(say('keep.copied'))
  }
  return (
    <>
      <label for={id}>{label}</label>
      <textarea id={id} class="code" rows={text.length > SHORT ? 5 : 1} readOnly value={text} />
      {copied && <p class="proof">{say('keep.copied')}</p>}
      <div class="row">
        <button type="button" class="main" onClick={() => void copy()}>
          {say('keep.copy')}
        </button>
        {done && (
          <button type="button" onClick={done.onDone}>
            {done.label}
          </button>
        )}
      </div>
    </>
  )
}
