import { type Account, connect, type ConnectParameters, register } from '@aegle/sdk'

/** "I am a patient and have no tokens: let the indexer pay." Returns until when the organisation may vouch for them. */
export async function withoutTokens(where: ConnectParameters, me: Account, organisation: number): Promise<Date | undefined> {
  await using aegle = await connect({ ...where, relay: true })
  const { named } = await register(aegle, { as: me, organisation })
  return named?.until
}
