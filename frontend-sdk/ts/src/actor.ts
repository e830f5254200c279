import type { Account } from './accounts.ts'
import type { Patient, Reader } from './keys.ts'

/** Who acts: an account, or somebody who has one. */
export type Actor = Account | Patient | Reader

/** The account of whoever acts. */
export function accountOf(actor: Actor): Account {
  return 'account' in actor ? actor.account : actor
}
