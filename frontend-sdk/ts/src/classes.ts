import type { Patient } from './keys.ts'
import { type Aegle, local } from './session.ts'
import type { DataClass } from './terms.ts'

/**
 * Names the data class that each of a patient’s 32 slots stands for, in order of the slots; `null` for a slot that stands
 * for none. Chain and servers know slots alone: this is the patient’s secret.
 */
export function dataClasses(aegle: Aegle, patient: Patient): readonly (DataClass | null)[] {
  return JSON.parse(local(() => patient.keys.classes(aegle.deployment))) as (DataClass | null)[]
}
