import { count as countPatients, type CountAnswer, type Reader, type ResearchUse } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { type MessageKey, useWords } from '../i18n.ts'
import { CONDITIONS, errorBar, FEWEST, questionsLeft } from '../research/count.ts'
import { usePortal } from '../session.ts'
import { Failure, Waiting } from '../ui/Failure.tsx'
import { useDoing } from '../ui/load.ts'
import { Page } from '../ui/Page.tsx'

const USES: readonly ResearchUse[] = ['health', 'disease', 'methods', 'ancestry', 'other']
/** Questions to begin with, each with what it finds. */
const EXAMPLES: readonly (readonly [query: string, about: MessageKey])[] = [
  ['code:icd10|I20*', 'count.example.code'],
  ['code:loinc|8480-6 >140 mm[Hg]', 'count.example.value'],
  ['type:Immunization AND date:2026', 'count.example.date'],
  ['* NOT status:entered-in-error', 'count.example.not'],
]

/** What was asked, and what came of it. */
interface Answered {
  readonly query: string
  readonly answer: CountAnswer
}

/** Counts patients who consent to research, and says how far the number can be trusted. */
export function Count({ researcher }: { researcher: Reader }) {
  const { say } = useWords()
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const { custodians } = session.settings
  const [custodian, setCustodian] = useState(custodians[0]?.url ?? '')
  const [query, setQuery] = useState('')
  const [use, setUse] = useState<ResearchUse>('health')
  const [attested, setAttested] = useState<readonly string[]>([])
  const [told, setTold] = useState<Answered>()
  const ask = () =>
    run(async () => {
      const chosen = custodians.find(({ url }) => url === custodian)
      if (!chosen) return
      const question = { domain: chosen.domain, custodian: chosen.url, query: query.trim(), use, attested }
      const answer = await countPatients(session.aegle, { by: researcher, ...question })
      setTold({ query: question.query, answer })
      announce(say('count.answered'))
    })
  return (
    <Page title={say('count.title')}>
      <p>{say('count.intro')}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          ask()
        }}
      >
        <label for="where">{say('count.where')}</label>
        <select id="where" value={custodian} onChange={(event) => setCustodian(event.currentTarget.value)}>
          {custodians.map(({ name, url }) => (
            <option key={url} value={url}>
              {name}
            </option>
          ))}
        </select>
        <label for="question">{say('count.question')}</label>
        <p class="hint" id="question-hint">
          {say('count.question.hint')}
        </p>
        <textarea
          id="question"
          class="code"
          rows={3}
          required
          autocomplete="off"
          aria-describedby="question-hint"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
        <details>
          <summary>{say('count.help')}</summary>
          <p>{say('count.help.text')}</p>
          <ul class="plain">
            {EXAMPLES.map(([example, about]) => (
              <li key={example} class="card">
                <p>{say(about)}</p>
                <p class="code">{example}</p>
                <button type="button" class="quiet" onClick={() => setQuery(example)}>
                  {say('count.take', { query: example })}
                </button>
              </li>
            ))}
          </ul>
        </details>
        <label for="use">{say('count.use')}</label>
        <select id="use" value={use} onChange={(event) => setUse(event.currentTarget.value as ResearchUse)}>
          {USES.map((each) => (
            <option key={each} value={each}>
              {say(`count.use.${each}` as MessageKey)}
            </option>
          ))}
        </select>
        <details>
          <summary>{say('count.conditions')}</summary>
          <fieldset>
            <legend>{say('count.conditions.text')}</legend>
            {CONDITIONS.map((code) => (
              <label key={code} class="choice">
                <input
                  type="checkbox"
                  checked={attested.includes(code)}
                  onChange={(event) => {
                    const on = event.currentTarget.checked
                    setAttested(CONDITIONS.filter((one) => (one === code ? on : attested.includes(one))))
                  }}
                />
                {say(`duo.${code}` as MessageKey, { code })}
              </label>
            ))}
          </fieldset>
        </details>
        {busy && <Waiting>{say('count.waiting')}</Waiting>}
        {error !== undefined && <Failure error={error} />}
        <div class="row">
          <button type="submit" class="main" disabled={busy}>
            {say('count.button')}
          </button>
        </div>
      </form>
      {told && <Answer told={told} />}
      <section aria-labelledby="noise">
        <h2 id="noise">{say('count.noise.title')}</h2>
        <p>{say('count.noise')}</p>
        <p>{say('count.noise.same')}</p>
        <p>{say('count.noise.few', { fewest: FEWEST })}</p>
        <p>{say('count.noise.budget')}</p>
      </section>
    </Page>
  )
}

function Answer({ told: { query, answer } }: { told: Answered }) {
  const { say, count } = useWords()
  const { total } = answer
  const bar = errorBar(answer)
  return (
    <section aria-labelledby="answer">
      <h2 id="answer">{say('count.answer')}</h2>
      <div class="card">
        <p class="code">{query}</p>
        {total === 'fewer' ? (
          <p class="sentence">{say('count.fewer', { fewest: FEWEST })}</p>
        ) : (
          <>
            <p class="sentence">{count('count.about', total.about)}</p>
            <p>{say('count.bar', { low: Math.max(FEWEST, total.about - bar), high: total.about + bar, bar })}</p>
          </>
        )}
        <p>{count('count.left', questionsLeft(answer))}</p>
      </div>
    </section>
  )
}
