import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

interface DialogParameters {
  readonly title: string
  /** Whether something is under way of which the dialog tells the end: it stays open until then. */
  readonly busy?: boolean
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** A dialog over the page: the browser keeps the focus in it, and gives it back at the end. */
export function Dialog({ title, busy = false, onClose, children }: DialogParameters) {
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  const close = () => {
    // A browser lets nobody be kept by a dialog that refuses to close twice: it is opened again.
    if (busy) dialog.current?.showModal()
    else onClose()
  }
  return (
    <dialog ref={dialog} aria-labelledby={heading} onCancel={(event) => busy && event.preventDefault()} onClose={close}>
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  )
}
