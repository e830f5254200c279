import type { Value } from '../fhir/card.ts'
import { type Words, useWords } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { nameOf } from '../settings.ts'
import type { Shown } from './chart.ts'

/** What stands in a record: values with their units, texts, and the names of what is not shown. */
export function RecordCard({ shown }: { shown: Shown }) {
  const words = useWords()
  const { say, known } = words
  const { opened, card } = shown
  if (!card) {
    return (
      <>
        <p class="notice">{say('record.cannotShow', { type: opened.mediaType })}</p>
        <Proof shown={shown} />
      </>
    )
  }
  return (
    <>
      {card.values.length > 0 && <Values values={card.values} />}
      {card.texts.map((text, index) => (
        <p key={index} class="document">
          {text}
        </p>
      ))}
      {card.lines.length > 0 && (
        <dl>
          {card.lines.map(({ label, value }, index) => (
            <div key={index}>
              <dt>{say(label)}</dt>
              <dd>{known(`code.${value}`) ?? dated(value, words)}</dd>
            </div>
          ))}
        </dl>
      )}
      {card.hidden.length > 0 && <p class="small">{say('record.hidden', { names: words.list(card.hidden) })}</p>}
      <Proof shown={shown} />
    </>
  )
}

/** A day or a moment of FHIR as people write it; anything else as it is. */
function dated(value: string, { date, dateTime }: Words): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return date(new Date(`${value}T12:00:00`))
  return /^\d{4}-\d{2}-\d{2}T/.test(value) && !Number.isNaN(Date.parse(value)) ? dateTime(new Date(value)) : value
}

function Values({ values }: { values: readonly Value[] }) {
  const { say, known } = useWords()
  return (
    <div class="scrolls" role="region" aria-label={say('record.values')} tabIndex={0}>
      {/* The roles stand where a narrow window lays the cells out otherwise. */}
      <table role="table">
        <thead>
          <tr>
            <th scope="col">{say('value.name')}</th>
            <th scope="col">{say('value.value')}</th>
            <th scope="col">{say('value.normal')}</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {values.map(({ name, value, normal, judged }, index) => (
            <tr key={index} role="row">
              <th scope="row" role="rowheader">{name}</th>
              <td role="cell" data-of={say('value.value')}>
                {value} {judged !== undefined && <strong>{known(`judged.${judged}`) ?? judged}</strong>}
              </td>
              <td role="cell" data-of={say('value.normal')}>{normal ?? say('value.noNormal')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Why the record can be believed. */
function Proof({ shown }: { shown: Shown }) {
  const { say, list } = useWords()
  const { settings } = usePortal().session
  const { author, batch, faults } = shown.opened
  const liars = faults.filter(({ tampering }) => tampering).map(({ proxy }) => nameOf(settings, proxy) ?? say('log.serverCode', { code: shortCode(proxy) }))
  return (
    <>
      <p class="proof">{say('record.proof', { author: nameOf(settings, author) ?? say('people.unlisted'), batch: batch + 1 })}</p>
      {liars.length > 0 && <p class="notice alarm">{say('record.falsePart', { server: list(liars) })}</p>}
    </>
  )
}
