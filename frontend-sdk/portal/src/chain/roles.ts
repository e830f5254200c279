import type { Aegle, Hex, Purpose, RoleName } from '@aegle/sdk'
import { asked } from './ask.ts'
import { contractsOf } from './contracts.ts'
import { PURPOSES, purposesOf } from './grants.ts'
import { dateOf } from './time.ts'

/** The roles in the order of their bits. */
export const ROLES: readonly RoleName[] = [
  'clinician',
  'researcher',
  'auditor',
  'insurer',
  'organisation-admin',
  'device',
  'proxy-operator',
  'custodian',
]

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

/** Whether somebody has a role at one of their organisations. */
export function hasRole(roles: readonly Role[], name: RoleName): boolean {
  return roles.some(({ names }) => names.includes(name))
}

/** Whether roles, as their bits, let their holder ask for one purpose, as its bit. */
export function roleFits(roles: number, purpose: number): boolean {
  const [name, ...more] = purposesOf(purpose)
  return name !== undefined && more.length === 0 && FITTING[name].some((role) => (roles & (1 << ROLES.indexOf(role))) !== 0)
}

/** Roles as their bits. */
export function roleBits(names: readonly RoleName[]): number {
  return names.reduce((bits, name) => bits | (1 << ROLES.indexOf(name)), 0)
}

/** The organisation whose admin somebody is, by its number; an account is an admin of one alone. */
export function administered(roles: readonly Role[]): number | undefined {
  return roles.find(({ names }) => names.includes('organisation-admin'))?.organisation
}

/** The purposes for which somebody with these roles can ask. */
export function purposesFor(roles: readonly Role[]): Purpose[] {
  const names = roles.flatMap((role) => role.names)
  return PURPOSES.filter((purpose) => FITTING[purpose].some((fitting) => names.includes(fitting)))
}

/** The roles of an account at an organisation, as the chain has them now. */
export interface Role {
  readonly names: readonly RoleName[]
  readonly organisation: number
  readonly until: Date
}

/** Whether an account is a member of the committee now. */
export async function isOfCommittee(aegle: Aegle, account: Hex): Promise<boolean> {
  const { data } = await asked(contractsOf(aegle).consortium.query.committee())
  return data.members.some(({ raw }) => raw === account)
}

/** Returns the roles that an account has now, one for each of its organisations; none that does not count. */
export async function rolesOf(aegle: Aegle, account: Hex): Promise<Role[]> {
  const { timestamp } = await asked(aegle.chain.finalized())
  const { data } = await asked(contractsOf(aegle).consortium.query.effectiveRoles(account, BigInt(timestamp)))
  return data.map(roleOf)
}

/** Returns the roles that organisations offer an account, and that it can accept now. */
export async function offersTo(aegle: Aegle, account: Hex): Promise<Role[]> {
  const { timestamp } = await asked(aegle.chain.finalized())
  const { data } = await asked(contractsOf(aegle).consortium.query.rolesOf(account))
  return data.offered.filter(({ until }) => timestamp < Number(until)).map(roleOf)
}

/**
 * Those of some clinicians of an organisation whom its admins can not check: it is suspended, or they are admins of it
 * themselves.
 */
export async function unchecked(aegle: Aegle, organisation: number, clinicians: readonly Hex[]): Promise<ReadonlySet<Hex>> {
  const { data: standing } = await asked(contractsOf(aegle).consortium.query.organisation(organisation))
  if (standing !== 'Member') return new Set(clinicians)
  const roles = await Promise.all(clinicians.map((clinician) => rolesOf(aegle, clinician)))
  return new Set(clinicians.filter((_, index) => administered(roles[index] ?? []) === organisation))
}

function roleOf({ roles, organisation, until }: { roles: number; organisation: number; until: bigint }): Role {
  return { names: ROLES.filter((_, bit) => (roles & (1 << bit)) !== 0), organisation, until: dateOf(until) }
}
