import type { Hex } from '../bytes.ts'
import { type AegleError, toAegleError } from '../error.ts'
import { type Aegle, run } from '../session.ts'
import type { DisclosureEntry } from '../wire.ts'
import type { DisclosuresParameters } from './disclosures.ts'

/** What one server has written down of a patient’s records. */
export interface ServerLog {
  /** The server’s account: the indexer’s, or that of a proxy. */
  readonly server: Hex
  /** Its entries, verified to be one chain of hashes; none where {@link error} says why they are not shown. */
  readonly entries: readonly DisclosureEntry[]
  /** Why its entries are not shown: it could not be asked, is not in the address book, or has changed its log. */
  readonly error?: AegleError
}

/**
 * Reads who saw what of a patient’s records in the log of every server that keeps one: the indexer’s, which comes first, and
 * those of the registered proxies. Each log is one chain of hashes, which is verified. A server whose log cannot be shown is
 * among them, with the reason.
 *
 * @throws `chain-unavailable`, `aborted`
 */
export async function disclosuresByServer(aegle: Aegle, parameters: DisclosuresParameters): Promise<ServerLog[]> {
  const { patient, ...options } = parameters
  const written = await run(aegle, undefined, options, (host) => patient.keys.disclosuresByServer(aegle.deployment, host))
  const logs = JSON.parse(written) as { server: Hex; entries?: DisclosureEntry[]; fault?: object }[]
  return logs.map(({ server, entries, fault }) => {
    if (entries) return { server, entries }
    return { server, entries: [], error: toAegleError(JSON.stringify(fault)) }
  })
}
