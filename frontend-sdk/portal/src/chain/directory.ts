import type { Aegle, Hex } from '@aegle/sdk'
import { asked } from './ask.ts'
import { contractsOf } from './contracts.ts'

/** The public key that an account has published in the directory; nothing without one. */
export async function publishedKey(aegle: Aegle, account: Hex): Promise<string | undefined> {
  const { data: entry } = await asked(contractsOf(aegle).consortium.query.keyOf(account))
  return entry?.key
}
