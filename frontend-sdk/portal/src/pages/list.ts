import type { MessageKey } from '../i18n.ts'
import type { Person } from '../people/person.ts'

/** A page that can be gone to. */
export interface Listed {
  readonly name: 'records' | 'sharing' | 'log' | 'guardians' | 'patients' | 'account'
  readonly title: MessageKey
}

/** The pages for somebody, the first one first: those of each of their roles, and the one about themselves. */
export function pagesOf({ patient, roles }: Person): Listed[] {
  const pages: Listed[] = []
  if (patient) {
    pages.push(
      { name: 'records', title: 'records.title' },
      { name: 'sharing', title: 'sharing.title' },
      { name: 'log', title: 'log.title' },
      { name: 'guardians', title: 'guardians.title' },
    )
  }
  if (roles.some(({ names }) => names.includes('clinician'))) pages.push({ name: 'patients', title: 'patients.title' })
  return [...pages, { name: 'account', title: 'account.title' }]
}
