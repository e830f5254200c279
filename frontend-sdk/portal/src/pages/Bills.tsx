import { aggregate, type Hex, type Reader, ss58 } from '@aegle/sdk'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type Grant, grantsTo, MAX_PATIENTS } from '../chain/grants.ts'
import { type MessageKey, useWords } from '../i18n.ts'
import { type Added, Sums } from '../insurer/Sums.tsx'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { Failure, Waiting } from '../ui/Failure.tsx'
import { useDoing, useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { LookAgain } from '../ui/LookAgain.tsx'
import { Page } from '../ui/Page.tsx'

/** What is usually added up, as a query; a question of one’s own besides. */
const QUERIES = {
  bills: 'type:Claim',
  answers: 'type:ClaimResponse OR type:ExplanationOfBenefit',
  all: '*',
} as const
type Choice = keyof typeof QUERIES | 'own'
const CHOICES: readonly Choice[] = ['bills', 'answers', 'all', 'own']

/** Adds up what patients have granted an insurer for payment. */
export function Bills({ insurer }: { insurer: Reader }) {
  const { say, count, date } = useWords()
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  // Who leaves the page has no more records opened.
  const leaving = useRef(new AbortController())
  useEffect(() => () => leaving.current.abort(), [])
  const { custodians } = session.settings
  const [custodian, setCustodian] = useState(custodians[0]?.url ?? '')
  const [choice, setChoice] = useState<Choice>('bills')
  const [own, setOwn] = useState('')
  const [text, setText] = useState('')
  const [without, setWithout] = useState<readonly Hex[]>([])
  const [added, setAdded] = useState<Added>()
  const organisations = session.person.roles.filter(({ names }) => names.includes('insurer')).map(({ organisation }) => organisation)
  const granting = useLoad(
    () => grantsTo(session.aegle, session.history, insurer.account.id, organisations, 'HPAYMT'),
    [session, insurer],
  )
  const add = (grants: readonly Grant[]) =>
    run(async () => {
      const chosen = custodians.find(({ url }) => url === custodian)
      if (!chosen) return
      setAdded(undefined)
      const patients = grants.map(({ patient }) => patient).filter((patient) => !without.includes(patient))
      const query = choice === 'own' ? own.trim() : QUERIES[choice]
      const { signal } = leaving.current
      const found = await aggregate(session.aegle, { by: insurer, patients, domain: chosen.domain, custodian: chosen.url, query, signal })
      setAdded({ query, where: chosen.name, found })
      announce(say('bills.added'))
    })
  return (
    <Page title={say('bills.title')}>
      <p>{say('bills.intro')}</p>
      <Loading of={granting}>
        {({ grants, leftOut }) => {
          const asked = grants.filter(({ patient }) => !without.includes(patient))
          const shown = grants.filter(({ patient }) => ss58(patient).includes(text.trim()))
          return (
            <form
              onSubmit={(event) => {
                event.preventDefault()
                add(grants)
              }}
            >
              <label for="where">{say('bills.where')}</label>
              <select id="where" value={custodian} onChange={(event) => setCustodian(event.currentTarget.value)}>
                {custodians.map(({ name, url }) => (
                  <option key={url} value={url}>
                    {name}
                  </option>
                ))}
              </select>
              <label for="records">{say('bills.what')}</label>
              <select id="records" value={choice} onChange={(event) => setChoice(event.currentTarget.value as Choice)}>
                {CHOICES.map((each) => (
                  <option key={each} value={each}>
                    {say(`bills.what.${each}` as MessageKey)}
                  </option>
                ))}
              </select>
              {choice === 'own' && (
                <>
                  <label for="question">{say('count.question')}</label>
                  <p class="hint" id="question-hint">
                    {say('bills.question.hint')}
                  </p>
                  <input
                    id="question"
                    class="code"
                    required
                    autocomplete="off"
                    aria-describedby="question-hint"
                    value={own}
                    onInput={(event) => setOwn(event.currentTarget.value)}
                  />
                </>
              )}
              <fieldset>
                <legend>{say('bills.whose')}</legend>
                <p>{count('bills.patients', grants.length)}</p>
                {leftOut > 0 && <p class="notice">{say('patients.leftOut', { count: leftOut, limit: MAX_PATIENTS })}</p>}
                {grants.length > 1 && (
                  <>
                    <label for="filter">{say('vouch.filter')}</label>
                    <input
                      id="filter"
                      type="search"
                      autocomplete="off"
                      value={text}
                      onInput={(event) => setText(event.currentTarget.value)}
                      // Who looks for a patient does not have everybody’s records opened.
                      onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
                    />
                  </>
                )}
                {shown.map(({ patient, until }) => (
                  <label key={patient} class="choice">
                    <input
                      type="checkbox"
                      checked={!without.includes(patient)}
                      onChange={(event) => {
                        const others = without.filter((one) => one !== patient)
                        setWithout(event.currentTarget.checked ? others : [...others, patient])
                      }}
                    />
                    {say('bills.patient', { code: shortCode(patient), date: date(until) })}
                  </label>
                ))}
              </fieldset>
              {busy && <Waiting>{say('bills.waiting')}</Waiting>}
              {error !== undefined && <Failure error={error} />}
              <div class="row">
                <button type="submit" class="main" disabled={busy || asked.length === 0}>
                  {count('bills.button', asked.length)}
                </button>
              </div>
            </form>
          )
        }}
      </Loading>
      <LookAgain onLook={granting.again} />
      {added && <Sums added={added} />}
    </Page>
  )
}
