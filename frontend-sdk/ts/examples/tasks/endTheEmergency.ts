import { type Aegle, closeGlass, type Patient } from '@aegle/sdk'

/** "I am awake again: end the emergency access." */
export async function endTheEmergency(aegle: Aegle, me: Patient, clinician: string): Promise<number> {
  const { block } = await closeGlass(aegle, { patient: me, clinician })
  return block
}
