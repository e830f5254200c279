import { accountId, type Aegle, disclosures, type Patient } from '@aegle/sdk'

/** "Which of my records did they open?" */
export async function whatDidTheyOpen(aegle: Aegle, me: Patient, doctor: string): Promise<string[]> {
  const log = await disclosures(aegle, { patient: me })
  const theirs = log.filter(({ disclosure }) => disclosure.requester === accountId('the doctor', doctor))
  return [...new Set(theirs.filter(({ disclosure }) => disclosure.kind === 'transform').map(({ disclosure }) => disclosure.record))]
}
