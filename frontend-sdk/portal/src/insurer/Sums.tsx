import type { Aggregate, AggregateLeftOut } from '@aegle/sdk'
import { useWords } from '../i18n.ts'
import { shortCode } from '../people/names.ts'

/** What was added up, and what came of it. */
export interface Added {
  readonly query: string
  readonly where: string
  readonly found: Aggregate
}

/** Why patients were not asked about, and how that is said. */
const UNASKED = [
  ['too-narrow', 'bills.leftOut.tooNarrow'],
  ['paused', 'bills.leftOut.paused'],
] as const

/** What records come to, how many count, and what is left out and why. */
export function Sums({ added: { query, where, found } }: { added: Added }) {
  const { say, count, known, amount, dateTime } = useWords()
  const { patients, types, sums, leftOut, at } = found
  const giving = patients.filter(({ records }) => records > 0).length
  const records = patients.reduce((sum, one) => sum + one.records, 0)
  const skipped = leftOut.unasked.length + leftOut.superseded + leftOut.notActive + leftOut.unopened.length + leftOut.unread.length
  return (
    <section aria-labelledby="sums">
      <h2 id="sums">{say('bills.sums')}</h2>
      <div class="card">
        <p class="small">
          {where}: <span class="code">{query}</span>
        </p>
        {sums.length === 0 ? (
          <p class="sentence">{say('bills.noSums')}</p>
        ) : (
          <div class="scrolls" role="region" tabIndex={0} aria-label={say('bills.amount')}>
            {/* The roles stand where a narrow window lays the cells out otherwise. */}
            <table role="table">
              <thead>
                <tr>
                  <th scope="col">{say('bills.kind')}</th>
                  <th scope="col">{say('bills.amount')}</th>
                  <th scope="col">{say('bills.of')}</th>
                </tr>
              </thead>
              <tbody role="rowgroup">
                {sums.map((sum) => (
                  <tr key={`${sum.type} ${sum.category} ${sum.currency}`} role="row">
                    <th scope="row" role="rowheader">
                      {known(`bills.type.${sum.type}`) ?? sum.type}, {known(`bills.category.${sum.category}`) ?? sum.category}
                    </th>
                    <td role="cell" data-of={say('bills.amount')}>
                      {amount(sum.amount)} {sum.currency}
                    </td>
                    <td role="cell" data-of={say('bills.of')}>
                      {sum.count}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <p class="strong">{say('bills.counted', { records: count('records.count', records), patients: count('patients.count', giving) })}</p>
        {types.length > 0 && (
          <ul>
            {types.map(({ type, records: number }) => (
              <li key={type}>
                {known(`bills.type.${type}`) ?? known(`type.${type}`) ?? type}: {number}
              </li>
            ))}
          </ul>
        )}
        {records > 0 && <p class="proof">{count('bills.proof', records)}</p>}
        {giving < patients.length && <p>{count('bills.nothing', patients.length - giving)}</p>}
        <p class="small">{say('staff.source', { at: dateTime(at) })}</p>
      </div>
      <h3>{say('bills.leftOut')}</h3>
      {skipped === 0 && <p>{say('bills.leftOut.none')}</p>}
      {UNASKED.map(([reason, told]) => {
        const of = leftOut.unasked.filter((one) => one.reason === reason)
        if (of.length === 0) return null
        return (
          <div key={reason} class="notice problem">
            <p class="strong">{count(told, of.length)}</p>
            <ul>
              {of.map(({ patient }) => (
                <li key={patient}>{say('people.code', { code: shortCode(patient) })}</li>
              ))}
            </ul>
          </div>
        )
      })}
      {leftOut.superseded > 0 && <p>{count('bills.leftOut.superseded', leftOut.superseded)}</p>}
      {leftOut.notActive > 0 && <p>{count('bills.leftOut.notActive', leftOut.notActive)}</p>}
      <Reasons of={leftOut.unopened} title={count('bills.leftOut.unopened', leftOut.unopened.length)} />
      <Reasons of={leftOut.unread} title={count('bills.leftOut.unread', leftOut.unread.length)} />
    </section>
  )
}

/** Records that are left out, each with its reason, which is in English. */
function Reasons({ of, title }: { of: readonly AggregateLeftOut[]; title: string }) {
  if (of.length === 0) return null
  return (
    <details>
      <summary>{title}</summary>
      <ul>
        {of.map(({ record, reason }) => (
          <li key={record} lang="en">
            <span class="code">{record}</span>: {reason}
          </li>
        ))}
      </ul>
    </details>
  )
}
