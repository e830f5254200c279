import type { Aegle, Hex } from '@aegle/sdk'
import { asked } from './ask.ts'
import { contractsOf } from './contracts.ts'

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

/** The roles of an account at an organisation, as the chain has them now. */
export interface Role {
  readonly names: readonly RoleName[]
  readonly organisation: number
  readonly until: Date
}

/** Returns the role that an account has now; nothing for one without a role that counts. */
export async function roleOf(aegle: Aegle, account: Hex): Promise<Role | undefined> {
  const { timestamp } = await asked(aegle.chain.finalized())
  const { data: role } = await asked(contractsOf(aegle).consortium.query.roleOf(account, BigInt(timestamp)))
  if (!role) return undefined
  const names = ROLES.filter((_, bit) => (role.roles & (1 << bit)) !== 0)
  return { names, organisation: role.organisation, until: new Date(Number(role.until)) }
}
