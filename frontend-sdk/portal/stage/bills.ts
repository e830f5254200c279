import type { Resource } from './examples.ts'

/** A bill of a patient’s, in euros. */
function bill(patient: string, id: string, euros: number, status = 'active'): Resource {
  return {
    resourceType: 'Claim',
    id,
    status,
    use: 'claim',
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'institutional' }] },
    patient: { reference: `Patient/${patient}` },
    created: '2026-03-06',
    total: { value: euros, currency: 'EUR' },
  }
}

/** The bills of the patients of the examples, of whom the first one has one that was called off, too. */
export const BILLS: ReadonlyMap<string, readonly Resource[]> = new Map([
  ['example', [bill('example', 'visit', 120.1), bill('example', 'stay', 2400), bill('example', 'mistaken', 99, 'cancelled')]],
  ['f001', [bill('f001', 'scan', 310.25)]],
])
