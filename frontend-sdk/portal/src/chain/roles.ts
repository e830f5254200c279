import type { Aegle, Hex, Purpose } from '@aegle/sdk'
import { asked } from './ask.ts'
import { contractsOf } from './contracts.ts'
import { purposesOf } from './grants.ts'

/** The roles in the order of their bits. */
const ROLES = [
  'clinician',
  'researcher',
  'auditor',
  'insurer',
  'organisation-admin',
  'device',
  'proxy-operator',
  'custodian',
] as const

/** What an account may do in the consortium. */
export type RoleName = (typeof ROLES)[number]

/** The roles of which one is needed for a purpose, as the contract has them (`role_fits`). `PATRQT` is the patient’s own. */
const FITTING: { readonly [purpose in Purpose]: readonly RoleName[] } = {
  TREAT: ['clinician'],
  ETREAT: ['clinician'],
  BTG: ['clinician'],
  HPAYMT: ['insurer'],
  HOPERAT: ['organisation-admin', 'auditor'],
  HRESCH: ['researcher'],
  PATRQT: [],
  PUBHLTH: ['organisation-admin', 'auditor'],
}

/** Whether roles, as their bits, let their holder ask for one purpose, as its bit. */
export function roleFits(roles: number, purpose: number): boolean {
  const [name, ...more] = purposesOf(purpose)
  return name !== undefined && more.length === 0 && FITTING[name].some((role) => (roles & (1 << ROLES.indexOf(role))) !== 0)
}

/** The roles of an account at an organisation, as the chain has them now. */
export interface Role {
  readonly names: readonly RoleName[]
  readonly organisation: number
  readonly until: Date
}

/** Returns the roles that an account has now, one for each of its organisations; none that does not count. */
export async function rolesOf(aegle: Aegle, account: Hex): Promise<Role[]> {
  const { timestamp } = await asked(aegle.chain.finalized())
  const { data } = await asked(contractsOf(aegle).consortium.query.effectiveRoles(account, BigInt(timestamp)))
  return data.map(({ roles, organisation, until }) => {
    const names = ROLES.filter((_, bit) => (roles & (1 << bit)) !== 0)
    return { names, organisation, until: new Date(Number(until)) }
  })
}
