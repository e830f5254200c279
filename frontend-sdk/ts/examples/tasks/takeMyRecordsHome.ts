import { type Aegle, exportBundle, type Patient } from '@aegle/sdk'

/** "Give me everything of mine, as one FHIR bundle." */
export async function takeMyRecordsHome(aegle: Aegle, me: Patient, domain: number): Promise<string> {
  let text = ''
  for await (const part of exportBundle(aegle, { by: me, domain })) text += part
  return text
}
