const category = (code: string) => [
  { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code }] },
]

/** A laboratory result. */
export const glucose = {
  resourceType: 'Observation',
  id: 'glucose',
  status: 'final',
  subject: { reference: 'Patient/17' },
  category: category('laboratory'),
  code: { coding: [{ system: 'http://loinc.org', code: '15074-8', display: 'Glucose [Moles/volume] in Blood' }] },
  effectiveDateTime: '2026-03-06',
  valueQuantity: { value: 6.3, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
}

/** A vital sign. */
export const pulse = {
  resourceType: 'Observation',
  id: 'pulse',
  status: 'final',
  subject: { reference: 'Patient/17' },
  category: category('vital-signs'),
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }] },
  effectiveDateTime: '2026-03-09',
  valueQuantity: { value: 71, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
}

/** A potassium value of a day. */
export const potassium = (id: string, day: string, value: number) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  subject: { reference: 'Patient/17' },
  category: category('laboratory'),
  code: { coding: [{ system: 'http://loinc.org', code: '2823-3', display: 'Potassium [Moles/volume] in Serum or Plasma' }] },
  effectiveDateTime: day,
  valueQuantity: { value, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
})
