import { type Aegle, dataClasses, type DataClass, type Hex } from '@aegle/sdk'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { History } from './chain/history.ts'
import type { Person } from './people/person.ts'
import { Chart } from './records/chart.ts'
import type { Settings } from './settings.ts'

/** What the pages of somebody who is signed in work on. A new connection makes a new one. */
export interface Session {
  readonly settings: Settings
  readonly aegle: Aegle
  readonly person: Person
  readonly history: History
  /** The signed-in patient’s own records; nothing for one who is no patient. */
  readonly own: Chart | undefined
  /** The data class of each of the patient’s slots. */
  readonly classes: readonly (DataClass | null)[]
  /** Others’ records, as the reader sees them; in an emergency, as far as that lets them. */
  chartOf(patient: Hex, emergency?: boolean): Chart | undefined
}

/** Begins a session on a connection. */
export function sessionOf(settings: Settings, aegle: Aegle, person: Person): Session {
  const { patient, reader } = person
  const charts = new Map<string, Chart>()
  return {
    settings,
    aegle,
    person,
    history: new History(aegle, {
      firstBlock: settings.firstBlock,
      accounts: [patient, reader].flatMap((one) => (one ? [one.account] : [])),
      patient: patient?.account.id,
    }),
    own: patient && new Chart(aegle, patient, patient.account.id, settings.custodians),
    classes: patient ? dataClasses(aegle, patient) : [],
    chartOf(of, emergency = false) {
      if (!reader) return undefined
      const purpose = emergency ? 'BTG' : 'TREAT'
      const known = `${of} ${purpose}`
      const chart = charts.get(known) ?? new Chart(aegle, reader, of, settings.custodians, purpose)
      charts.set(known, chart)
      return chart
    },
  }
}

/** What pages may ask of the whole portal. */
export interface Portal {
  readonly session: Session
  /** Connects anew, after chain or indexer were away. */
  reconnect(): Promise<void>
  /** Asks the chain anew what the person may do, after that was changed. */
  recogniseAnew(): Promise<void>
  /** Has a screen reader say something. */
  announce(text: string): void
  signOut(): void
}

/** The portal of somebody who is signed in. */
export const SignedIn = createContext<Portal | undefined>(undefined)

/** Returns the portal; pages are shown only to who is signed in. */
export function usePortal(): Portal {
  const portal = useContext(SignedIn)
  if (!portal) throw new Error('this page is for somebody who is signed in')
  return portal
}
