import { accountId, type Hex } from '@aegle/sdk'
import { useId, useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { CodeField } from './CodeField.tsx'
import { Failure } from './Failure.tsx'

/** A field for the code that somebody shows, and the way on with it. */
export function CodeForm({ label, hint, onCode }: { label: string; hint: string; onCode: (account: Hex) => void }) {
  const { say } = useWords()
  const id = useId()
  const [code, setCode] = useState('')
  const [error, setError] = useState<unknown>()
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        try {
          setError(undefined)
          onCode(accountId(label, code.trim()))
        } catch (failed) {
          setError(failed)
        }
      }}
    >
      <CodeField id={id} label={label} hint={hint} code={code} onCode={setCode} />
      <button type="submit">{say('sharing.next')}</button>
      {error !== undefined && <Failure error={error} />}
    </form>
  )
}
