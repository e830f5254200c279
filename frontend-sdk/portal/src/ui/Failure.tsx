import { explain } from '../errors.ts'
import { useWords } from '../i18n.ts'

interface FailureParameters {
  readonly error: unknown
  readonly again?: (() => void) | undefined
  /** What stands against it, in English, where whoever reads this knows what it means. */
  readonly because?: string | undefined
}

/** Says what went wrong and what to do, with a way back. */
export function Failure({ error, again, because }: FailureParameters) {
  const { say } = useWords()
  const { what, next, code, tampering, values, why = because } = explain(error)
  return (
    <div class={tampering ? 'notice alarm' : 'notice problem'} role="alert">
      <p class="strong">{say(what, values)}</p>
      <p>{say(next, values)}</p>
      {why !== undefined && (
        <p class="sentence" lang="en">
          {why}
        </p>
      )}
      {again && (
        <button type="button" onClick={again}>
          {say('app.retry')}
        </button>
      )}
      <p class="small">{say('error.code', { code })}</p>
    </div>
  )
}

/** Says that something is being fetched. */
export function Waiting({ children }: { children?: string }) {
  const { say } = useWords()
  return (
    <p class="waiting" role="status">
      {children ?? say('app.waiting')}
    </p>
  )
}
