import type { MessageKey } from '../i18n.ts'
import { administered } from '../chain/roles.ts'
import type { Person } from '../people/person.ts'

/** A page that can be gone to. */
export interface Listed {
  readonly name: 'records' | 'sharing' | 'log' | 'guardians' | 'patients' | 'asks' | 'staff' | 'newcomers' | 'reviews' | 'committee' | 'count' | 'account'
  readonly title: MessageKey
}

/** The pages for somebody, the first one first: those of each of their roles, and the one about themselves. */
export function pagesOf({ patient, roles, committee }: Person): Listed[] {
  const pages: Listed[] = []
  if (patient) {
    pages.push(
      { name: 'records', title: 'records.title' },
      { name: 'sharing', title: 'sharing.title' },
      { name: 'log', title: 'log.title' },
      { name: 'guardians', title: 'guardians.title' },
    )
  }
  if (roles.some(({ names }) => names.includes('clinician'))) {
    pages.push({ name: 'patients', title: 'patients.title' }, { name: 'asks', title: 'asks.title' })
  }
  if (roles.some(({ names }) => names.includes('researcher'))) pages.push({ name: 'count', title: 'count.title' })
  if (administered(roles) !== undefined) {
    pages.push(
      { name: 'staff', title: 'staff.title' },
      { name: 'newcomers', title: 'vouch.title' },
      { name: 'reviews', title: 'review.title' },
    )
  }
  if (committee) pages.push({ name: 'committee', title: 'committee.title' })
  return [...pages, { name: 'account', title: 'account.title' }]
}
