import { type Aegle, type Patient, revokeAll } from '@aegle/sdk'

/** "Stop everything: nobody but me sees anything from now on." */
export async function stopEverything(aegle: Aegle, me: Patient): Promise<number> {
  const { block } = await revokeAll(aegle, { patient: me })
  return block
}
