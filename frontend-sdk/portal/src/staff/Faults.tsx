import { ss58, type Hex } from '@aegle/sdk'
import { type MessageKey, useWords } from '../i18n.ts'
import type { FaultyLine } from './lines.ts'

/** Why the contract refuses to appoint somebody, where it is about them. */
const REFUSED: { readonly [reason: string]: MessageKey } = {
  NotYours: 'appoint.refused.NotYours',
  TooMany: 'appoint.refused.TooMany',
}

/** Names the lines of a list for which nothing is done, each with the reason. */
export function Faults({ faults }: { faults: readonly FaultyLine[] }) {
  const { say, count } = useWords()
  if (faults.length === 0) return null
  return (
    <div class="notice problem">
      <p class="strong">{count('appoint.faults', faults.length)}</p>
      <ul>
        {faults.map(({ line, text, fault, reason = '' }) => {
          const refused = REFUSED[reason]
          const why = fault !== 'refused' ? say(`appoint.fault.${fault}` as MessageKey) : refused ? say(refused) : say('appoint.fault.refused', { reason })
          return <li key={line}>{say('appoint.line', { line, text: shown(text), why })}</li>
        })}
      </ul>
    </div>
  )
}

function shown(text: string): string {
  return /^0x[0-9a-f]{64}$/.test(text) ? ss58(text as Hex) : text
}
