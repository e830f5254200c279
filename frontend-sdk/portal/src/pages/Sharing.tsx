import type { Hex, Patient } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { glassesOf } from '../chain/glasses.ts'
import { counts, type Grant, grantsOf } from '../chain/grants.ts'
import { requestsTo } from '../chain/requests.ts'
import { rolesOf } from '../chain/roles.ts'
import { useWords } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import type { ListedPerson } from '../settings.ts'
import { Emergencies } from '../sharing/Emergencies.tsx'
import { GrantDialog } from '../sharing/GrantDialog.tsx'
import { Requests } from '../sharing/Requests.tsx'
import { RevokeDialog } from '../sharing/RevokeDialog.tsx'
import { granteeName, sentence, termsOf } from '../sharing/sentence.ts'
import { CodeForm } from '../ui/CodeForm.tsx'
import { useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { Page } from '../ui/Page.tsx'
import { useReturnTo } from '../ui/useReturnTo.ts'

/** Who may see what, in plain words, and how that is changed. */
export function Sharing({ patient }: { patient: Patient }) {
  const { say, count } = useWords()
  const { session } = usePortal()
  const [granting, setGranting] = useState<{ to: Hex; name: string }>()
  const found = useLoad(async () => {
    const now = new Date()
    const [grants, requests, roles] = await Promise.all([
      grantsOf(session.aegle, session.history, patient.account.id),
      requestsTo(session.aegle, session.history, patient.account.id),
      Promise.all(session.settings.people.map(({ account }) => rolesOf(session.aegle, account))),
    ])
    const clinicians = session.settings.people.filter((_, index) => roles[index]?.some(({ names }) => names.includes('clinician')))
    const glasses = glassesOf(await session.history.read(), patient.account.id)
    return { standing: grants.filter((grant) => counts(grant, now)), requests, clinicians, glasses }
  }, [session])
  const goBack = useReturnTo('now')
  const changed = () => {
    setGranting(undefined)
    goBack()
    found.again()
  }
  return (
    <Page title={say('sharing.title')}>
      <p>{say('sharing.intro')}</p>
      <Loading of={found}>
        {({ standing, requests, clinicians, glasses }) => (
          <>
            <Emergencies glasses={glasses} patient={patient} changed={changed} />
            <Requests requests={requests} patient={patient} changed={changed} />
            <section aria-labelledby="now">
              <h2 id="now" tabIndex={-1}>
                {say('sharing.now')}
              </h2>
              <p>{count('sharing.count', standing.length)}</p>
              <ul class="plain">
                {standing.map((grant) => (
                  <Standing key={grant.number} grant={grant} patient={patient} changed={changed} />
                ))}
              </ul>
            </section>
            <section aria-labelledby="let-in">
              <h2 id="let-in">{say('sharing.letIn')}</h2>
              <p>{say('sharing.letIn.intro', { name: session.settings.name })}</p>
              <ul class="plain">
                {clinicians.map((person) => (
                  <Clinician key={person.account} person={person} letIn={() => setGranting({ to: person.account, name: person.name })} />
                ))}
              </ul>
              <ByCode letIn={(to) => setGranting({ to, name: say('people.code', { code: shortCode(to) }) })} />
            </section>
          </>
        )}
      </Loading>
      {granting && (
        <GrantDialog patient={patient} to={granting.to} name={granting.name} onClose={() => setGranting(undefined)} onGranted={changed} />
      )}
    </Page>
  )
}

function Standing({ grant, patient, changed }: { grant: Grant; patient: Patient; changed: () => void }) {
  const words = useWords()
  const { say } = words
  const { settings, classes } = usePortal().session
  const [stopping, setStopping] = useState(false)
  const told = sentence(termsOf(grant, classes, settings, words), words)
  const name = granteeName(grant.grantee, settings, words)
  const { grantee } = grant
  return (
    <li class="card">
      <p class="sentence">{told}</p>
      {grant.passedOn && <p class="small">{say('sharing.passedOn')}</p>}
      {grantee !== 'anyone' && 'account' in grantee ? (
        <button type="button" class="danger" onClick={() => setStopping(true)}>
          {say('sharing.stop', { name })}
        </button>
      ) : (
        <p class="small">{say('sharing.stopElsewhere')}</p>
      )}
      {stopping && grantee !== 'anyone' && 'account' in grantee && (
        <RevokeDialog
          patient={patient}
          from={grantee.account}
          grant={grant.number}
          name={name}
          told={told}
          onClose={() => setStopping(false)}
          onRevoked={() => {
            setStopping(false)
            changed()
          }}
        />
      )}
    </li>
  )
}

function Clinician({ person, letIn }: { person: ListedPerson; letIn: () => void }) {
  const { say } = useWords()
  return (
    <li class="card">
      <p class="strong">{person.name}</p>
      <p>{say('sharing.about', { about: person.about, code: shortCode(person.account) })}</p>
      <button type="button" class="main" onClick={letIn}>
        {say('sharing.letInName', { name: person.name })}
      </button>
    </li>
  )
}

/** Lets somebody in who is not listed, by the code that they show. */
function ByCode({ letIn }: { letIn: (to: Hex) => void }) {
  const { say } = useWords()
  return (
    <details>
      <summary>{say('sharing.byCode')}</summary>
      <CodeForm label={say('sharing.code')} hint={say('sharing.code.hint')} onCode={letIn} />
    </details>
  )
}
