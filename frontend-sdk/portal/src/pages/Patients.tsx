import type { Hex } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { type Grant, grantsTo, MAX_PATIENTS } from '../chain/grants.ts'
import { useWords } from '../i18n.ts'
import { nameFrom, shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { LookAgain } from '../ui/LookAgain.tsx'
import { Page } from '../ui/Page.tsx'

/** Patients who let a reader see their records, by name. */
export function Patients() {
  const words = useWords()
  const { say, count } = words
  const { session } = usePortal()
  const { reader, roles } = session.person
  const [text, setText] = useState('')
  const found = useLoad(async () => {
    if (!reader || roles.length === 0) return { patients: [], leftOut: 0 }
    const organisations = roles.map(({ organisation }) => organisation)
    const { grants, leftOut } = await grantsTo(session.aegle, session.history, reader.account.id, organisations, 'TREAT')
    const patients = await Promise.all(grants.map(async (grant) => ({ grant, name: await named(grant.patient) })))
    return { patients: patients.sort((one, other) => one.name.localeCompare(other.name, words.language)), leftOut }
  }, [session])

  async function named(patient: Hex): Promise<string> {
    const chart = session.chartOf(patient)
    // Whose name cannot be had now is shown by their code; their page says why.
    const name = chart && (await nameFrom(chart).catch(() => undefined))
    return name ?? say('patients.unnamed', { code: shortCode(patient) })
  }

  return (
    <Page title={say('patients.title')}>
      <p>{say('patients.intro')}</p>
      <Loading of={found} waiting={say('patients.waiting')}>
        {({ patients, leftOut }) => (
          <>
            {patients.length > 5 && (
              <>
                <label for="filter">{say('patients.filter')}</label>
                <input id="filter" type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
              </>
            )}
            <p>{count('patients.count', patients.length)}</p>
            {leftOut > 0 && <p class="notice">{say('patients.leftOut', { count: leftOut, limit: MAX_PATIENTS })}</p>}
            <ul class="plain">
              {patients
                .filter(({ name }) => name.toLowerCase().includes(text.trim().toLowerCase()))
                .map(({ grant, name }) => (
                  <Row key={grant.patient} grant={grant} name={name} />
                ))}
            </ul>
          </>
        )}
      </Loading>
      <LookAgain onLook={found.again} />
    </Page>
  )
}

function Row({ grant, name }: { grant: Grant; name: string }) {
  const { say, date } = useWords()
  return (
    <li>
      <a class="record" href={`#/patients/${grant.patient}`}>
        <span class="what">{name}</span>
        <span class="when">{say('patients.until', { date: date(grant.until) })}</span>
      </a>
    </li>
  )
}
