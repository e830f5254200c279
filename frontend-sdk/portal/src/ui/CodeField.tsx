interface CodeFieldParameters {
  readonly id: string
  readonly label: string
  readonly hint: string
  readonly disabled?: boolean
  readonly code: string
  readonly onCode: (code: string) => void
}

/** A field for the code that somebody shows. */
export function CodeField({ id, label, hint, disabled = false, code, onCode }: CodeFieldParameters) {
  return (
    <>
      <label for={id}>{label}</label>
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
      <input
        id={id}
        required
        autocomplete="off"
        aria-describedby={`${id}-hint`}
        disabled={disabled}
        value={code}
        onInput={(event) => onCode(event.currentTarget.value)}
      />
    </>
  )
}
