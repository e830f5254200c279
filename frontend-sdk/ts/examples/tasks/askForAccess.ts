import { type Aegle, type Reader, request, type RequestNote } from '@aegle/sdk'

/** "Ask the patient whether I may see the laboratory results, and say why." The note goes to them by mail or chat. */
export async function askForAccess(aegle: Aegle, me: Reader, patient: string): Promise<RequestNote> {
  const until = new Date(Date.now() + 14 * 24 * 3_600_000)
  const { note } = await request(aegle, { by: me, patient, classes: ['laboratory'], until, why: 'a second opinion' })
  return note
}
