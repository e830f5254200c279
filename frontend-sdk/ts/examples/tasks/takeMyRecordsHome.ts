import { type Aegle, open, type Patient, searchAll } from '@aegle/sdk'

/** "Give me everything of mine, as one FHIR bundle." */
export async function takeMyRecordsHome(aegle: Aegle, me: Patient, domain: number): Promise<object> {
  const entry = []
  for await (const { record } of searchAll(aegle, { by: me, domain, query: '*' })) {
    entry.push({ resource: (await open(aegle, { by: me, record })).json() })
  }
  return { resourceType: 'Bundle', type: 'collection', entry }
}
