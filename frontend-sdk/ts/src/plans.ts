import { type AccountLike, accountId } from './bytes.ts'
import { whole } from './numbers.ts'
import type { RoleName } from './roles.ts'

/** What a member of the committee can propose. Organisations and jurisdictions are named by their numbers. */
export type CommitteePlan =
  /** Admits an organisation, by the account of its first admin. */
  | { readonly kind: 'admit'; readonly admin: AccountLike }
  /** Suspends an organisation: none of its people’s roles counts. */
  | { readonly kind: 'suspend'; readonly organisation: number }
  /** Ends the suspension of an organisation. */
  | { readonly kind: 'reinstate'; readonly organisation: number }
  /** Gives an account roles in an organisation, instead of those that it has there. */
  | { readonly kind: 'role'; readonly account: AccountLike; readonly roles: readonly RoleName[]; readonly organisation: number; readonly until: Date }
  /** Takes the role in an organisation; without one every role, and no organisation can give another one. */
  | { readonly kind: 'dismiss'; readonly account: AccountLike; readonly organisation: number | null }
  /** Places an organisation in a jurisdiction, or in none. */
  | { readonly kind: 'place'; readonly organisation: number; readonly jurisdiction: number | null }
  /** Says of which jurisdiction a patient is, or of none. */
  | { readonly kind: 'residence'; readonly patient: AccountLike; readonly jurisdiction: number | null }
  /** Ends a pause. */
  | { readonly kind: 'resume' }

/** Which members are numbers: each has to be given, so that nothing that was left out by mistake is taken for all, or for none. */
const NUMBERS: { readonly [kind in CommitteePlan['kind']]: readonly string[] } = {
  admit: [],
  suspend: ['organisation'],
  reinstate: ['organisation'],
  role: ['organisation'],
  dismiss: ['organisation'],
  place: ['organisation', 'jurisdiction'],
  residence: ['jurisdiction'],
  resume: [],
}

/**
 * A plan as the core reads it: by the name of its kind.
 *
 * @throws `argument`
 */
export function writePlan({ kind, ...plan }: CommitteePlan): string {
  const members: { readonly [name: string]: unknown } = plan
  // Where `null` means nothing, the core refuses it.
  for (const name of NUMBERS[kind] ?? []) if (members[name] !== null) whole(`the ${name}`, members[name])
  return JSON.stringify({ [kind]: written(plan) })
}

/** The members of a plan: accounts as hexadecimal digits, times as milliseconds. */
function written(plan: object): object {
  const accounts: { readonly [name: string]: string } = { admin: 'the first admin', account: 'the account', patient: 'the patient' }
  const members = Object.entries(plan).map(([name, value]: [string, unknown]) => {
    const what = accounts[name]
    if (what !== undefined) return [name, accountId(what, value as AccountLike)]
    return [name, value instanceof Date ? value.getTime() : value]
  })
  return Object.fromEntries(members) as object
}
