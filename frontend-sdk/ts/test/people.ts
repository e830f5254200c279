import { type Aegle, generateAccount, generatePatient, generateReader, type Patient, publishKeys, type Reader } from '@aegle/sdk'
import type { World } from './world.ts'

/** A patient, and a clinician of the hospital: with tokens, and published keys. */
export async function patientAndClinician(world: World, aegle: Aegle): Promise<[Patient, Reader]> {
  const [patient, clinician] = [generatePatient(generateAccount()), generateReader(generateAccount())] as const
  for (const { account } of [patient, clinician]) await world.fund(account.id)
  await world.clinician(clinician.account.id)
  for (const somebody of [patient, clinician]) await publishKeys(aegle, { of: somebody })
  return [patient, clinician]
}
