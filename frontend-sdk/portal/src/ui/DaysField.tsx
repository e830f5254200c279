import { useWords } from '../i18n.ts'

interface DaysFieldParameters {
  readonly id: string
  /** For how many days it may be. */
  readonly choices: readonly number[]
  readonly days: number
  readonly onDays: (days: number) => void
}

/** A field for how many days something lasts. */
export function DaysField({ id, choices, days, onDays }: DaysFieldParameters) {
  const { say, count } = useWords()
  return (
    <>
      <label for={id}>{say('grant.howLong')}</label>
      <select id={id} value={days} onChange={(event) => onDays(Number(event.currentTarget.value))}>
        {choices.map((each) => (
          <option key={each} value={each}>
            {count('grant.days', each)}
          </option>
        ))}
      </select>
    </>
  )
}
