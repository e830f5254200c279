import type { DataClass } from '@aegle/sdk'

/** The kinds of records that a grant over “everything” has. */
export const ORDINARY: readonly DataClass[] = [
  'demographics',
  'encounters',
  'conditions',
  'medications',
  'allergies',
  'immunizations',
  'laboratory',
  'vital-signs',
  'imaging',
  'procedures',
  'care-plans',
  'documents',
  'family-history',
  'social-history',
  'financial',
  'other',
]

/** The kinds that need a grant of their own. */
export const PROTECTED: readonly DataClass[] = [
  'mental-health',
  'psychotherapy-notes',
  'substance-use',
  'substance-use-notes',
  'sexual-health',
  'reproductive-health',
  'genetics',
  'violence',
]
