import { type Account, type Aegle, guardianAct, type Patient, setGuardians } from '@aegle/sdk'

/** "My parents may stop everything for me, if both want it." */
export async function parentsActTogether(aegle: Aegle, me: Patient, mother: Account, father: Account): Promise<boolean> {
  const until = new Date(Date.now() + 365 * 24 * 3_600_000)
  await setGuardians(aegle, { patient: me, guardians: [mother.id, father.id], until })
  const patient = me.account.id
  const { call } = await guardianAct(aegle, { by: mother, patient, deed: { act: 'revoke-all' } })
  const { done } = await guardianAct(aegle, { by: father, patient, deed: { act: 'join', call } })
  return done
}
