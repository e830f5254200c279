import { type Aegle, breakGlass, type Hit, type Reader, search } from '@aegle/sdk'

/** "The patient is unconscious: which records are there?" */
export async function emergency(aegle: Aegle, me: Reader, patient: string, domain: number): Promise<Hit[]> {
  await breakGlass(aegle, { by: me, patient, reason: 1, why: 'unconscious on arrival' })
  const { hits } = await search(aegle, { by: me, patient, domain, query: '*', purpose: 'BTG' })
  return hits
}
