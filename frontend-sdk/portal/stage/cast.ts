import type { RoleName } from '@aegle/sdk'

/** Somebody who takes part. */
export interface Role {
  readonly name: string
  readonly about: string
  /** The roles that the committee gives them. */
  readonly roles: readonly RoleName[]
  /** Whether they have them at the trust, and not at the hospital. */
  readonly atTrust?: boolean
  /** Whose records among the HL7 examples are theirs; nothing for who is no patient, and an empty one for whom has none. */
  readonly chart?: string
  /** Who may see their records from the beginning on. */
  readonly letsIn?: readonly string[]
  /** Who may add up their bills from the beginning on. */
  readonly paidBy?: readonly string[]
  /** Whose records they ask to see. */
  readonly asks?: readonly string[]
  /** Whether they are a patient who names the hospital, and waits for it to vouch for them. */
  readonly waits?: boolean
  /** Whether they let every kind of research count them. */
  readonly counted?: boolean
  /** Whether they are the second member of the committee, of which both must agree. */
  readonly committee?: boolean
}

const MIA = 'Dr Mia Weber'
const JONAS = 'Dr Jonas Brandt'
const NORA = 'Nora Lind'
const KARL = 'Karl Ott'
const TOM = 'Tom Becker'

/** Everybody in the demo: patients of the HL7 examples, and somebody of each role that people have. */
export const DEMO: readonly Role[] = [
  { name: 'Peter Chalmers', about: 'Patient', roles: [], chart: 'example', letsIn: [MIA], paidBy: [TOM] },
  { name: 'Pieter van de Heuvel', about: 'Patient', roles: [], chart: 'f001', letsIn: [MIA], paidBy: [TOM] },
  { name: 'Roel', about: 'Patient', roles: [], chart: 'f201', waits: true },
  { name: MIA, about: 'Heart clinic', roles: ['clinician'], asks: ['Roel'] },
  { name: JONAS, about: 'Family doctor', roles: ['clinician'], chart: '', asks: ['Pieter van de Heuvel'] },
  { name: NORA, about: 'Front office', roles: ['organisation-admin'] },
  { name: KARL, about: 'Committee', roles: [], committee: true },
  { name: 'Lea Sommer', about: 'Research', roles: ['researcher'] },
  { name: 'Ines Vogt', about: 'Audit', roles: ['auditor'], atTrust: true },
  { name: TOM, about: 'Insurance', roles: ['insurer'] },
]

/** Everybody in the tests. */
export const CAST: readonly Role[] = [
  { name: 'Peter Chalmers', about: 'Patient', roles: [], chart: 'example' },
  { name: MIA, about: 'Heart clinic', roles: ['clinician'] },
  { name: JONAS, about: 'Family doctor', roles: ['clinician'], chart: '' },
  { name: 'Pia Roth', about: 'Servers', roles: ['proxy-operator'] },
]

/** Everybody in the tests of what people do at work. */
export const AT_WORK: readonly Role[] = [
  { name: 'Peter Chalmers', about: 'Patient', roles: [], chart: 'example', waits: true },
  { name: MIA, about: 'Heart clinic', roles: ['clinician'] },
  { name: NORA, about: 'Front office', roles: ['organisation-admin'] },
  { name: KARL, about: 'Committee', roles: [], committee: true },
]

/** Everybody in the tests of insurers, of roles at more than one organisation, and of what the committee starts. */
export const OFFICES: readonly Role[] = [
  { name: 'Peter Chalmers', about: 'Patient', roles: [], chart: 'example' },
  { name: 'Pieter van de Heuvel', about: 'Patient', roles: [], chart: 'f001', paidBy: [TOM] },
  { name: MIA, about: 'Heart clinic', roles: ['clinician'] },
  { name: NORA, about: 'Front office', roles: ['organisation-admin'] },
  { name: KARL, about: 'Committee', roles: [], committee: true },
  { name: TOM, about: 'Insurance', roles: ['insurer'] },
  { name: JONAS, about: 'Emergency ward', roles: ['clinician', 'organisation-admin'] },
  { name: 'Ines Vogt', about: 'Audit', roles: ['auditor'], atTrust: true },
]

/** How many patients the tests of research have: with so many, few answers are too low to be told. */
const COUNTED = 24

/** Everybody in the tests of research: a researcher, and patients who let themselves be counted. */
export const RESEARCH: readonly Role[] = [
  { name: 'Lea Sommer', about: 'Research', roles: ['researcher'] },
  ...Array.from({ length: COUNTED }, (_, index) => ({ name: `Patient ${index}`, about: 'Patient', roles: [], chart: `counted-${index}`, counted: true })),
]
