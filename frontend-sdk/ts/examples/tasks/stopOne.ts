import { accountId, type Aegle, grants, type Patient, revoke } from '@aegle/sdk'

/** "Dr X is no longer my doctor." */
export async function stopOne(aegle: Aegle, me: Patient, doctor: string): Promise<number> {
  const [{ grants: given }, id] = [await grants(aegle, { of: me }), accountId('the doctor', doctor)]
  const theirs = given.filter(({ to, passedOnBy }) => to.kind === 'account' && to.account === id && passedOnBy === null)
  for (const { grant } of theirs) await revoke(aegle, { patient: me, grant, from: id })
  return theirs.length
}
