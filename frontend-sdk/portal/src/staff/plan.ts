import { accountId, type CommitteePlan, type RoleName } from '@aegle/sdk'

/** What a member of the committee can start here. */
export const KINDS = ['admit', 'suspend', 'reinstate', 'role', 'dismiss', 'place', 'residence', 'resume'] as const
export type PlanKind = (typeof KINDS)[number]

/** What each kind of plan is about. */
export const FIELDS: { readonly [kind in PlanKind]: readonly ('code' | 'organisation' | 'anyOrganisation' | 'roles' | 'jurisdiction')[] } = {
  admit: ['code'],
  suspend: ['organisation'],
  reinstate: ['organisation'],
  role: ['code', 'roles', 'organisation'],
  dismiss: ['code', 'anyOrganisation'],
  place: ['organisation', 'jurisdiction'],
  residence: ['code', 'jurisdiction'],
  resume: [],
}

/** What was filled in. */
export interface Filled {
  readonly kind: PlanKind
  readonly code: string
  /** A number, or nothing. */
  readonly organisation: string
  readonly jurisdiction: string
  readonly roles: readonly RoleName[]
  readonly until: Date
}

const numberOf = (text: string) => (text.trim() === '' ? null : Number(text))

/**
 * Makes a plan of what was filled in; the form has seen to it that what is needed is there.
 *
 * @throws `argument` where the code is none
 */
export function planOf({ kind, code, organisation, jurisdiction, roles, until }: Filled): CommitteePlan {
  const account = () => accountId('the code', code.trim())
  switch (kind) {
    case 'admit':
      return { kind, admin: account() }
    case 'suspend':
    case 'reinstate':
      return { kind, organisation: Number(organisation) }
    case 'role':
      return { kind, account: account(), roles, organisation: Number(organisation), until }
    case 'dismiss':
      return { kind, account: account(), organisation: numberOf(organisation) }
    case 'place':
      return { kind, organisation: Number(organisation), jurisdiction: numberOf(jurisdiction) }
    case 'residence':
      return { kind, patient: account(), jurisdiction: numberOf(jurisdiction) }
    case 'resume':
      return { kind }
  }
}
