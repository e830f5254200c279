import { type Aegle, delegate, grants, type Reader } from '@aegle/sdk'

/** "My colleague covers for me until tomorrow." */
export async function passItOn(aegle: Aegle, me: Reader, patient: string, colleague: string): Promise<number> {
  const { grants: held } = await grants(aegle, { of: me, patient })
  const grant = held.find(({ delegable, ended }) => delegable && !ended)?.grant
  if (grant === undefined) throw new Error('the patient lets nothing be passed on')
  const until = new Date(Date.now() + 24 * 3_600_000)
  return (await delegate(aegle, { by: me, patient, grant, to: colleague, until })).grant
}
