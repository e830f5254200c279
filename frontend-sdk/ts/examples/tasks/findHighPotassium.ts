import { type Aegle, open, type Reader, searchAll } from '@aegle/sdk'

/** "Find all potassium values over 5.5 in March." */
export async function findHighPotassium(aegle: Aegle, me: Reader, patient: string, domain: number): Promise<number[]> {
  const query = 'code:loinc|2823-3 >5.5 mmol/L AND date:2026-03'
  const values = []
  for await (const { record } of searchAll(aegle, { by: me, patient, domain, query })) {
    const observation = (await open(aegle, { by: me, record, patient })).json() as { valueQuantity: { value: number } }
    values.push(observation.valueQuantity.value)
  }
  return values
}
