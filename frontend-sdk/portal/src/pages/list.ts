import type { MessageKey } from '../i18n.ts'
import { administered, hasRole } from '../chain/roles.ts'
import type { Person } from '../people/person.ts'

/** A page that can be gone to. */
export interface Listed {
  readonly name: 'records' | 'sharing' | 'log' | 'guardians' | 'patients' | 'asks' | 'staff' | 'newcomers' | 'reviews' | 'erasures' | 'committee' | 'count' | 'bills' | 'audit' | 'account' | 'join'
  readonly title: MessageKey
}

/** The pages for somebody, the first one first: those of each of their roles, and the one about themselves. */
export function pagesOf({ patient, newcomer, roles, committee }: Person): Listed[] {
  const pages: Listed[] = newcomer ? [{ name: 'join', title: 'join.title' }] : []
  if (patient) {
    pages.push(
      { name: 'records', title: 'records.title' },
      { name: 'sharing', title: 'sharing.title' },
      { name: 'log', title: 'log.title' },
      { name: 'guardians', title: 'guardians.title' },
    )
  }
  const [treats, pays] = [hasRole(roles, 'clinician'), hasRole(roles, 'insurer')]
  if (treats) pages.push({ name: 'patients', title: 'patients.title' })
  if (pays) pages.push({ name: 'bills', title: 'bills.title' })
  if (treats || pays) pages.push({ name: 'asks', title: 'asks.title' })
  if (hasRole(roles, 'researcher')) pages.push({ name: 'count', title: 'count.title' })
  if (administered(roles) !== undefined) {
    pages.push(
      { name: 'staff', title: 'staff.title' },
      { name: 'newcomers', title: 'vouch.title' },
      { name: 'reviews', title: 'review.title' },
      { name: 'erasures', title: 'erasing.title' },
    )
  }
  if (hasRole(roles, 'auditor')) pages.push({ name: 'audit', title: 'audit.title' })
  if (committee) pages.push({ name: 'committee', title: 'committee.title' })
  // Who joins has nothing here yet.
  if (newcomer && pages.length === 1) return pages
  return [...pages, { name: 'account', title: 'account.title' }]
}
