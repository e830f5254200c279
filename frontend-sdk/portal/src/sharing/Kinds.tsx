import type { DataClass } from '@aegle/sdk'
import { useWords } from '../i18n.ts'
import { className } from './sentence.ts'

interface KindsParameters {
  readonly legend: string
  readonly kinds: readonly DataClass[]
  readonly chosen: readonly DataClass[]
  /** Whether one alone can be chosen. */
  readonly onlyOne?: boolean
  readonly onChoose: (kind: DataClass, on: boolean) => void
}

/** Kinds of records to choose from. */
export function Kinds({ legend, kinds, chosen, onlyOne = false, onChoose }: KindsParameters) {
  const words = useWords()
  return (
    <fieldset class="columns">
      <legend>{legend}</legend>
      {kinds.map((kind) => (
        <label key={kind} class="choice">
          <input
            type={onlyOne ? 'radio' : 'checkbox'}
            name="kinds"
            checked={chosen.includes(kind)}
            onChange={(event) => onChoose(kind, event.currentTarget.checked)}
          />
          {className(kind, words)}
        </label>
      ))}
    </fieldset>
  )
}
