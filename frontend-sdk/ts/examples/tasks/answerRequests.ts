import { type Aegle, approve, decline, type Patient, type RequestNote, requests } from '@aegle/sdk'

/** "Say yes to whoever told me why, and no to all others." */
export async function answerRequests(aegle: Aegle, me: Patient, notes: RequestNote[]): Promise<number[]> {
  const approved = []
  for (const { requester, expired } of (await requests(aegle, { of: me })).requests) {
    const note = notes.find((note) => note.requester === requester)
    if (note && !expired) approved.push((await approve(aegle, { patient: me, requester, note })).grant)
    else if (!expired) await decline(aegle, { patient: me, requester })
  }
  return approved
}
