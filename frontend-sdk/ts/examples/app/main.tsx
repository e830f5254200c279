// A patient’s page: find and read one’s own records, let a doctor see them by a consent button, and see who looked.
import {
  type Aegle,
  type AegleError,
  type ConnectParameters,
  connect,
  createCard,
  generateAccount,
  generatePatient,
  openKeyStore,
  type Patient,
  publishKeys,
} from '@aegle/sdk'
import wasm from '@aegle/sdk/aegle.wasm?url'
import { type ConsentElement, defineConsentButton } from '@aegle/sdk/consent-button'
import { useDisclosures, useRecord, useRecords } from '@aegle/sdk/react'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { createRoot } from 'react-dom/client'

/** What the page is told by its server. */
type Where = ConnectParameters & { domain: number; hospital: string; doctor: string }

interface Session {
  where: Where
  aegle: Aegle
  me: Patient
}

/** Connects, with the keys of who was here before; fresh ones otherwise. */
async function start(): Promise<Session> {
  const where = (await (await fetch('where.json')).json()) as Where
  const aegle = await connect({ ...where, wasm })
  const store = await openKeyStore()
  if ((await store.names()).includes('me')) return { where, aegle, me: await store.loadPatient('me') }
  const me = generatePatient(generateAccount())
  await store.save('me', me)
  return { where, aegle, me }
}

const Problem = ({ error }: { error: AegleError | undefined }) => error && <p role="alert">{error.shortMessage} {error.hint}</p>

/** Publishes the patient’s keys, and makes the card that the hospital asks for. */
function Arrive({ where, aegle, me }: Session) {
  const [said, say] = useState('')
  async function arrive() {
    say('one moment')
    try {
      await publishKeys(aegle, { of: me })
      say(JSON.stringify(await createCard(aegle, { patient: me, custodian: where.hospital })))
    } catch (error) {
      say(String(error))
    }
  }
  return (
    <section>
      <button id="arrive" onClick={() => void arrive()}>Make my card for the hospital</button>
      <pre id="card">{said}</pre>
    </section>
  )
}

function Records({ where, aegle, me }: Session) {
  const [query, search] = useState<string>()
  const [record, read] = useState<string>()
  const found = useRecords(aegle, query ? { by: me, domain: where.domain, query } : undefined)
  const opened = useRecord(aegle, record ? { by: me, record } : undefined)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    search(String(new FormData(event.currentTarget).get('query')))
  }
  return (
    <section>
      <form onSubmit={submit}>
        <label>Find <input id="query" name="query" required /></label> <button id="search">Search</button>
      </form>
      <Problem error={found.error ?? opened.error} />
      <p id="found" role="status">{found.data && `${found.data.hits.length} found`}</p>
      <ul>
        {found.data?.hits.map((hit) => (
          <li key={hit.record}><button onClick={() => read(hit.record)}>{hit.record}</button></li>
        ))}
      </ul>
      <pre id="record">{opened.data?.text()}</pre>
    </section>
  )
}

function Consent({ where, aegle, me }: Session) {
  const button = useRef<ConsentElement>(null)
  useEffect(() => {
    if (button.current) button.current.session = { aegle, patient: me }
  }, [aegle, me])
  return <aegle-consent ref={button} to={where.doctor} label="Dr Mia" classes="laboratory" days="7" />
}

function Log({ aegle, me }: Session) {
  const { data, error, reload } = useDisclosures(aegle, me)
  return (
    <section>
      <button id="reload" onClick={reload}>Who looked?</button>
      <Problem error={error} />
      <ul id="log">
        {data?.map(({ number, disclosure }) => (
          <li key={number}>{disclosure.kind} by {disclosure.requester === me.account.id ? 'you' : disclosure.requester}</li>
        ))}
      </ul>
    </section>
  )
}

function App() {
  const [session, began] = useState<Session>()
  const [error, fail] = useState<AegleError>()
  useEffect(() => void start().then(began, fail), [])
  if (!session) return error ? <Problem error={error} /> : <p>connecting</p>
  return (
    <main>
      <h1>My records</h1>
      <p>I am <output id="account">{session.me.account.address}</output></p>
      <Arrive {...session} />
      <Records {...session} />
      <Consent {...session} />
      <Log {...session} />
    </main>
  )
}

defineConsentButton()
createRoot(document.getElementById('app')!).render(<App />)
