import type { Hex } from '@aegle/sdk'
import { administered } from '../chain/roles.ts'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Page } from '../ui/Page.tsx'
import { useRoute } from '../ui/route.ts'
import { Account } from './Account.tsx'
import { Asks } from './Asks.tsx'
import { Audit } from './Audit.tsx'
import { Bills } from './Bills.tsx'
import { Committee } from './Committee.tsx'
import { Count } from './Count.tsx'
import { Erasures } from './Erasures.tsx'
import { Guardians } from './Guardians.tsx'
import { Join } from './Join.tsx'
import { pagesOf } from './list.ts'
import { Log } from './Log.tsx'
import { Newcomers } from './Newcomers.tsx'
import { Patients } from './Patients.tsx'
import { chartAddress, PatientChart } from './PatientChart.tsx'
import { RecordPage } from './RecordPage.tsx'
import { Records } from './Records.tsx'
import { Reviews } from './Reviews.tsx'
import { Sharing } from './Sharing.tsx'
import { Staff } from './Staff.tsx'

const isAccount = (text: string | undefined): text is Hex => text !== undefined && /^0x[0-9a-f]{64}$/.test(text)

/** The page that the address names, where it is one for who is signed in. */
export function Pages() {
  const { session } = usePortal()
  const route = useRoute()
  const { say } = useWords()
  const listed = pagesOf(session.person).map(({ name }) => name)
  const name = route[0] ?? listed[0]
  const [, one, ...rest] = route
  const emergency = rest[0] === 'emergency'
  const record = emergency ? rest[1] : rest[0]
  if (listed.some((known) => known === name)) {
    if (name === 'account') return <Account key="account" />
    const { patient, newcomer, reader } = session.person
    if (name === 'join' && newcomer) return <Join key="join" newcomer={newcomer} />
    if (patient && session.own) {
      if (name === 'records' && one === undefined) return <Records key="records" chart={session.own} />
      if (name === 'records' && one) return <RecordPage key={one} chart={session.own} record={one} back="#/records" owner={patient} />
      if (name === 'sharing') return <Sharing key="sharing" patient={patient} />
      if (name === 'guardians') return <Guardians key="guardians" patient={patient} />
      if (name === 'log') return <Log key="log" patient={patient} />
    }
    if (name === 'asks' && reader) return <Asks key="asks" reader={reader} />
    const organisation = administered(session.person.roles)
    if (reader && organisation !== undefined) {
      if (name === 'staff') return <Staff key="staff" admin={reader} organisation={organisation} />
      if (name === 'newcomers') return <Newcomers key="newcomers" admin={reader} organisation={organisation} />
      if (name === 'erasures') return <Erasures key="erasures" admin={reader} />
      if (name === 'reviews') return <Reviews key="reviews" admin={reader} organisation={organisation} />
    }
    if (name === 'audit' && reader) return <Audit key="audit" auditor={reader} />
    if (name === 'bills' && reader) return <Bills key="bills" insurer={reader} />
    if (name === 'count' && reader) return <Count key="count" researcher={reader} />
    if (name === 'committee' && reader) return <Committee key="committee" member={reader} />
    if (name === 'patients' && one === undefined) return <Patients key="patients" />
    const chart = isAccount(one) ? session.chartOf(one, emergency) : undefined
    if (name === 'patients' && isAccount(one) && chart) {
      const address = chartAddress(one, emergency)
      if (record === undefined) return <PatientChart key={address} patient={one} chart={chart} emergency={emergency} />
      return <RecordPage key={record} chart={chart} record={record} back={address} />
    }
  }
  return (
    <Page key="none" title={say('none.title')}>
      <p>{say('none.text')}</p>
      <p>
        <a href={`#/${listed[0] ?? ''}`}>{say('none.back')}</a>
      </p>
    </Page>
  )
}

