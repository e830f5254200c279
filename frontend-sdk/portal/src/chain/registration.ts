import type { Aegle, Hex } from '@aegle/sdk'
import { asked } from './ask.ts'
import { contractsOf } from './contracts.ts'

/** How far a newcomer has come: they have not signed up, wait for an organisation to vouch for them, or one has. */
export type Registration = { readonly state: 'none' | 'vouched' } | { readonly state: 'waits'; readonly organisation: number | null }

/** How far an account has come as a patient. */
export async function registrationOf(aegle: Aegle, account: Hex): Promise<Registration> {
  const { data: kept } = await asked(contractsOf(aegle).consortium.query.patient(account))
  if (!kept) return { state: 'none' }
  if (kept.activatedBy !== undefined) return { state: 'vouched' }
  return { state: 'waits', organisation: kept.named?.organisation ?? null }
}
