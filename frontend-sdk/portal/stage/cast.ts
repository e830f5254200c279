import type { RoleName } from '../src/chain/roles.ts'

/** Somebody who takes part. */
export interface Role {
  readonly name: string
  readonly about: string
  /** The roles that the committee gives them. */
  readonly roles: readonly RoleName[]
  /** Whose records among the HL7 examples are theirs; nothing for who is no patient, and an empty one for whom has none. */
  readonly chart?: string
  /** Who may see their records from the beginning on. */
  readonly letsIn?: readonly string[]
  /** Whose records they ask to see. */
  readonly asks?: readonly string[]
}

const MIA = 'Dr Mia Weber'
const JONAS = 'Dr Jonas Brandt'

/** Everybody in the demo: patients of the HL7 examples, and somebody of each role that people have. */
export const DEMO: readonly Role[] = [
  { name: 'Peter Chalmers', about: 'Patient', roles: [], chart: 'example', letsIn: [MIA] },
  { name: 'Pieter van de Heuvel', about: 'Patient', roles: [], chart: 'f001', letsIn: [MIA] },
  { name: 'Roel', about: 'Patient', roles: [], chart: 'f201' },
  { name: MIA, about: 'Heart clinic', roles: ['clinician'] },
  { name: JONAS, about: 'Family doctor', roles: ['clinician'], chart: '', asks: ['Pieter van de Heuvel'] },
  { name: 'Lea Sommer', about: 'Research', roles: ['researcher'] },
  { name: 'Ines Vogt', about: 'Audit', roles: ['auditor'] },
  { name: 'Tom Becker', about: 'Insurance', roles: ['insurer'] },
]

/** Everybody in the tests. */
export const CAST: readonly Role[] = [
  { name: 'Peter Chalmers', about: 'Patient', roles: [], chart: 'example' },
  { name: MIA, about: 'Heart clinic', roles: ['clinician'] },
  { name: JONAS, about: 'Family doctor', roles: ['clinician'], chart: '' },
  { name: 'Lea Sommer', about: 'Research', roles: ['researcher'] },
]
