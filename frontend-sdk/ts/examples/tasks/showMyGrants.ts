import { type Aegle, grants, type Patient } from '@aegle/sdk'

/** "Who may see what of mine?" */
export async function showMyGrants(aegle: Aegle, me: Patient): Promise<string[]> {
  const { grants: given } = await grants(aegle, { of: me })
  return given.filter(({ ended }) => !ended).map(({ sentence }) => sentence)
}
