import type { Hex } from '../bytes.ts'
import type { Patient } from '../keys.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { DataClass } from '../terms.ts'
import type { RequestNote } from './request.ts'

/** Which note is read. */
export interface ReadNoteParameters extends ActionOptions {
  readonly patient: Patient
  /** What the requester handed over. */
  readonly note: RequestNote
}

/** What a requester says, and has bound themselves to on chain. */
export interface CheckedNote {
  readonly requester: Hex
  readonly why: string
  /** The data classes that are meant; none for all. */
  readonly classes: readonly DataClass[]
}

/**
 * Compares the note of a request with what its requester has on chain, before the patient believes it.
 *
 * @throws `not-open` when the requester asks for nothing now, `other-note` when it is not of what they ask for,
 * `chain-unavailable`, `argument`, `aborted`
 */
export async function readNote(aegle: Aegle, parameters: ReadNoteParameters): Promise<CheckedNote> {
  const { patient, note, ...options } = parameters
  const written = await run(aegle, undefined, options, (host) =>
    patient.keys.readNote(aegle.deployment, host, JSON.stringify(note)),
  )
  return JSON.parse(written) as CheckedNote
}
