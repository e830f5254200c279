/** The highest number of an organisation. */
const MAX_ORGANISATION = 2 ** 32 - 1

interface NumberFieldParameters {
  readonly id: string
  readonly label: string
  /** What nothing stands for; it is required without it. */
  readonly hint?: string | undefined
  /** The highest one. */
  readonly most?: number
  readonly text: string
  readonly onText: (text: string) => void
}

/** A field for the number of an organisation or a jurisdiction. */
export function NumberField({ id, label, hint, most = MAX_ORGANISATION, text, onText }: NumberFieldParameters) {
  return (
    <>
      <label for={id}>{label}</label>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <input
        id={id}
        type="number"
        min={0}
        max={most}
        step={1}
        required={hint === undefined}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        value={text}
        onInput={(event) => onText(event.currentTarget.value)}
      />
    </>
  )
}
