import { ss58, type Hex } from '@aegle/sdk'
import { type MessageKey, useWords } from '../i18n.ts'
import type { FaultyLine, Loss } from './lines.ts'

/** Why the contract refuses to appoint somebody, where it is about them. */
const REFUSED: { readonly [reason: string]: MessageKey } = {
  NotYours: 'appoint.refused.NotYours',
  TooMany: 'appoint.refused.TooMany',
}

/** Names the lines of a list for which nothing is done, or it is not known whether it was, each with the reason. */
export function Faults({ faults }: { faults: readonly FaultyLine[] }) {
  const unknown = faults.filter(({ fault }) => fault === 'unknown')
  return (
    <>
      <Named lines={unknown} heading="appoint.unknown" />
      <Named lines={faults.filter((one) => !unknown.includes(one))} heading="appoint.faults" />
    </>
  )
}

/** Names the lines whose people may do less than before. */
export function Losses({ losses }: { losses: readonly Loss[] }) {
  const { say, count, known, list } = useWords()
  if (losses.length === 0) return null
  return (
    <div class="notice problem">
      <p class="strong">{count('appoint.losses', losses.length)}</p>
      <ul>
        {losses.map(({ line, account, roles }) => {
          const does = list(roles.map((role) => known(`staff.gets.${role}`) ?? role))
          return <li key={line}>{say('appoint.line', { line, text: shown(account), why: say('appoint.loses', { does }) })}</li>
        })}
      </ul>
    </div>
  )
}

function Named({ lines, heading }: { lines: readonly FaultyLine[]; heading: 'appoint.unknown' | 'appoint.faults' }) {
  const { say, count } = useWords()
  if (lines.length === 0) return null
  return (
    <div class="notice problem">
      <p class="strong">{count(heading, lines.length)}</p>
      <ul>
        {lines.map(({ line, text, fault, reason = '' }) => {
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
