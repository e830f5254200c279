import type { Patient } from '../keys.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { DisclosureEntry } from '../wire.ts'

/** Whose log is read. */
export interface DisclosuresParameters extends ActionOptions {
  readonly patient: Patient
}

/**
 * Reads who saw what of a patient’s records, and by which grant, as the indexer has written it down. The log is one chain of
 * hashes, which is verified: an entry that was changed or dropped from its middle is found out. Proxies keep logs of their
 * own: `disclosuresByServer`.
 *
 * @throws `false-answer`, `limit`, `service-refused`, `service-unreachable`, `aborted`
 */
export async function disclosures(aegle: Aegle, parameters: DisclosuresParameters): Promise<DisclosureEntry[]> {
  const { patient, ...options } = parameters
  const written = await run(aegle, undefined, options, (host) => patient.keys.disclosures(aegle.deployment, host))
  return JSON.parse(written) as DisclosureEntry[]
}
