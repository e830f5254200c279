import { accountId, type Hex, type Patient, setGuardians, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { type Guardians as Named, guardianshipOf } from '../chain/guardians.ts'
import { type MessageKey, useWords } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { RecoveryKey } from '../people/RecoveryKey.tsx'
import { usePortal } from '../session.ts'
import { nameOf } from '../settings.ts'
import { CodeField } from '../ui/CodeField.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { Failure } from '../ui/Failure.tsx'
import { useDoing, useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { Page } from '../ui/Page.tsx'
import { useReturnTo } from '../ui/useReturnTo.ts'

/** Most people who may act for somebody. */
const MAX_GUARDIANS = 7
/** For how many years they are named; the first one is what most take. */
const YEARS = [5, 1, 10] as const

/** Who may act for a patient when they cannot, and how that is changed. */
export function Guardians({ patient }: { patient: Patient }) {
  const { say, date } = useWords()
  const { session } = usePortal()
  const found = useLoad(async () => guardianshipOf(session.aegle, patient.account.id), [session, patient])
  const [asking, setAsking] = useState<Named | 'nobody'>()
  const goBack = useReturnTo('guardians-now')
  return (
    <Page title={say('guardians.title')}>
      <p>{say('guardians.intro')}</p>
      <Loading of={found}>
        {({ now, next }) => (
          <>
            <section aria-labelledby="guardians-now">
              <h2 id="guardians-now" tabIndex={-1}>
                {say('guardians.now')}
              </h2>
              <div class="card">
                <Sentence of={now} />
                {next && (
                  <>
                    <p class="strong">{say('guardians.from', { date: date(next.from) })}</p>
                    <Sentence of={next.guardians} />
                  </>
                )}
                {now && (!next || next.guardians) && (
                  <button type="button" class="danger" onClick={() => setAsking('nobody')}>
                    {say('guardians.stop')}
                  </button>
                )}
              </div>
            </section>
            <Choose patient={patient} named={setAsking} />
            {asking !== undefined && (
              <Confirm
                patient={patient}
                wanted={asking === 'nobody' ? undefined : asking}
                later={now !== undefined}
                onClose={() => setAsking(undefined)}
                onDone={() => {
                  setAsking(undefined)
                  goBack()
                  found.again()
                }}
              />
            )}
          </>
        )}
      </Loading>
      <RecoveryKey patient={patient} />
    </Page>
  )
}

/** Says in words who may do what for the patient. */
function Sentence({ of }: { of: Named | undefined }) {
  const { say, count, date, list } = useWords()
  const { settings } = usePortal().session
  if (!of) return <p class="sentence">{say('guardians.nobody')}</p>
  const { accounts, threshold, until, may } = of
  const who = list(accounts.map((account) => nameOf(settings, account) ?? say('people.code', { code: shortCode(account) })))
  return (
    <>
      <p class="sentence">{say(accounts.length === 1 ? 'guardians.sentence.alone' : 'guardians.sentence', { who, until: date(until) })}</p>
      {accounts.length > 1 && <p>{count('guardians.threshold', threshold)}</p>}
      <p>{say(`guardians.may.${may}` as MessageKey)}</p>
    </>
  )
}

/** Puts those together who are to act, and what they may do. */
function Choose({ patient, named }: { patient: Patient; named: (wanted: Named) => void }) {
  const { say, count } = useWords()
  const { settings } = usePortal().session
  const [accounts, setAccounts] = useState<readonly Hex[]>([])
  const [code, setCode] = useState('')
  const [error, setError] = useState<unknown>()
  const [all, setAll] = useState<number>()
  const [years, setYears] = useState<number>(YEARS[0])
  const [reads, setReads] = useState(false)
  const threshold = Math.min(all ?? accounts.length, accounts.length)
  const full = accounts.length >= MAX_GUARDIANS
  const add = () => {
    try {
      setError(undefined)
      const account = accountId(say('sharing.code'), code.trim())
      if (account !== patient.account.id && !accounts.includes(account)) setAccounts([...accounts, account])
      setCode('')
    } catch (failed) {
      setError(failed)
    }
  }
  return (
    <section aria-labelledby="name-guardians">
      <h2 id="name-guardians">{say('guardians.name')}</h2>
      <p>{say('guardians.name.text')}</p>
      {accounts.length > 0 && (
        <ul class="plain">
          {accounts.map((account) => {
            const who = nameOf(settings, account) ?? say('people.code', { code: shortCode(account) })
            return (
              <li key={account} class="card row">
                <span class="strong">{who}</span>
                <button type="button" class="quiet" onClick={() => setAccounts(accounts.filter((other) => other !== account))}>
                  {say('guardians.remove', { who })}
                </button>
              </li>
            )
          })}
        </ul>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          add()
        }}
      >
        <CodeField id="guardian-code" label={say('sharing.code')} hint={say('guardians.code.hint')} disabled={full} code={code} onCode={setCode} />
        <button type="submit" disabled={full}>
          {say('guardians.add')}
        </button>
        {full && <p class="notice">{say('guardians.full', { count: MAX_GUARDIANS })}</p>}
        {error !== undefined && <Failure error={error} />}
      </form>
      {accounts.length > 0 && (
        <>
          {accounts.length > 1 && (
            <>
              <label for="threshold">{say('guardians.together')}</label>
              <select id="threshold" value={threshold} onChange={(event) => setAll(Number(event.currentTarget.value))}>
                {accounts.map((_, index) => (
                  <option key={index} value={index + 1}>
                    {count('guardians.people', index + 1)}
                  </option>
                ))}
              </select>
            </>
          )}
          <label for="years">{say('grant.howLong')}</label>
          <select id="years" value={years} onChange={(event) => setYears(Number(event.currentTarget.value))}>
            {YEARS.map((each) => (
              <option key={each} value={each}>
                {count('guardians.years', each)}
              </option>
            ))}
          </select>
          <label class="choice">
            <input type="checkbox" checked={reads} onChange={(event) => setReads(event.currentTarget.checked)} />
            {say('guardians.reads')}
          </label>
          <button
            type="button"
            class="main"
            onClick={() => {
              const until = new Date()
              until.setFullYear(until.getFullYear() + years)
              named({ accounts, threshold, until, may: reads ? 'read' : 'act' })
            }}
          >
            {say('sharing.next')}
          </button>
        </>
      )}
    </section>
  )
}

interface ConfirmParameters {
  readonly patient: Patient
  /** Nobody where those who may act now are to be dismissed. */
  readonly wanted: Named | undefined
  /** Whether there are guardians, whom others follow three days later. */
  readonly later: boolean
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Asks once more, in the words that the page will have, and names the guardians. */
function Confirm({ patient, wanted, later, onClose, onDone }: ConfirmParameters) {
  const { say } = useWords()
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [status, setStatus] = useState<TransactionStatus>()
  const go = () =>
    run(async () => {
      const { accounts, threshold, until, may } = wanted ?? { accounts: [], threshold: 0, until: new Date(), may: 'act' as const }
      await setGuardians(session.aegle, { patient, guardians: accounts, threshold, until, may, onTransaction: setStatus })
      announce(say('guardians.done'))
      onDone()
    })
  return (
    <Dialog title={say(wanted ? 'guardians.ask' : 'guardians.askStop')} onClose={onClose} busy={busy}>
      <Sentence of={wanted} />
      {later && <p class="notice">{say('guardians.later')}</p>}
      <DialogButtons label={say(wanted ? 'guardians.button' : 'revoke.button')} danger={!wanted} onConfirm={go} {...{ busy, status, error, onClose }} />
    </Dialog>
  )
}
