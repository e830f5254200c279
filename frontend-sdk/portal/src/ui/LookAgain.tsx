import { useWords } from '../i18n.ts'

/** The button behind a list that reads it anew. */
export function LookAgain({ onLook, label = 'patients.again' }: { onLook: () => void; label?: 'patients.again' | 'log.again' }) {
  const { say } = useWords()
  return (
    <p>
      <button type="button" class="quiet" onClick={onLook}>
        {say(label)}
      </button>
    </p>
  )
}
