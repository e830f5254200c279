/** A purpose of use, as HL7 codes it. */
export type Purpose = 'TREAT' | 'ETREAT' | 'BTG' | 'HPAYMT' | 'HOPERAT' | 'HRESCH' | 'PATRQT' | 'PUBHLTH'

/** A class of health data. Those after `other` are restricted: each needs a grant of its own. */
export type DataClass =
  | 'demographics'
  | 'encounters'
  | 'conditions'
  | 'medications'
  | 'allergies'
  | 'immunizations'
  | 'laboratory'
  | 'vital-signs'
  | 'imaging'
  | 'procedures'
  | 'care-plans'
  | 'documents'
  | 'family-history'
  | 'social-history'
  | 'financial'
  | 'other'
  | 'mental-health'
  | 'psychotherapy-notes'
  | 'substance-use'
  | 'substance-use-notes'
  | 'sexual-health'
  | 'reproductive-health'
  | 'genetics'
  | 'violence'

/** The highest confidentiality that a grant is over (HL7 Confidentiality). */
export type Confidentiality = 'normal' | 'restricted' | 'very-restricted'
