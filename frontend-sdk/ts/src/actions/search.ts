import { type AccountLike, accountId, type Hex } from '../bytes.ts'
import { core } from '../core.ts'
import { AegleError } from '../error.ts'
import type { Patient, Reader } from '../keys.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { Purpose } from '../terms.ts'
import type { Hit, RecordPlace } from '../wire.ts'

/** The most hits of one page. */
const MAX_HITS = 1_000

/** What is searched, where, and by whom. */
export interface SearchParameters extends ActionOptions {
  /** Who searches: a reader, or the patient themselves. */
  readonly by: Patient | Reader
  /** Whose records: the searcher’s own, unless it says otherwise. */
  readonly patient?: AccountLike
  /** The number of the custodian’s search domain. */
  readonly domain: number
  /** The query, such as `"chest pain" AND code:loinc|8480-6 >140 mmHg`; docs/query-language.md. */
  readonly query: string
  /** The purpose: `PATRQT` for one’s own records and `TREAT` for others’, unless it says otherwise. */
  readonly purpose?: Purpose
  /** The address of the custodian’s token service, where it is not that of `connect`. */
  readonly custodian?: string
  /** The most hits of a page: 1,000, unless it says otherwise. */
  readonly limit?: number
  /** Continues after the page that ended with this. */
  readonly after?: RecordPlace
  /** Whether the indexer must prove that these are all; the searcher must be one who may see every record. */
  readonly verify?: boolean
}

/** Whether a place comes after another in an answer: newest batch first, rising numbers in a batch. */
function follows(place: RecordPlace, before: RecordPlace | undefined): boolean {
  if (!before) return true
  return place.batch === before.batch ? place.number > before.number : place.batch < before.batch
}

/**
 * Refuses a page that is none of this search: a hit of somebody else, one that does not come after the one before it, and a next
 * page that would not come after this one. So pages end, and have nothing twice, also where nothing is proved.
 *
 * @throws `false-answer`
 */
export function checkPage(page: SearchPage, patient: Hex, after: RecordPlace | undefined): void {
  const changed = (what: string) => new AegleError('false-answer', `the indexer’s answer ${what}`, { tampering: true })
  let last = after
  for (const hit of page.hits) {
    if (hit.patient !== patient) throw changed(`has record ${hit.record} of patient ${hit.patient}, and ${patient} was searched`)
    if (!follows(hit, last)) throw changed(`has record ${hit.record} twice, or out of its order`)
    last = hit
  }
  const { next, hits } = page
  if (!next) return
  if (hits.length === 0) throw changed('has no hit, and goes on')
  if (last && follows(last, next)) throw changed('goes on before its end')
}

/** A page of hits. Each is one that the consent contract lets the searcher see. */
export interface SearchPage {
  readonly hits: Hit[]
  /** Where the next page begins; nothing after the last one. */
  readonly next?: RecordPlace
  /** How many bytes of proof were verified; nothing where none was asked for. */
  readonly proofBytes?: number
}

/**
 * Searches one patient’s records. Neither custodian nor indexer learns the query.
 *
 * @throws `query`, `no-domain`, `no-batch`, `service-refused` when the patient’s consent does not permit it,
 * `false-answer`, `limit`, `chain-unavailable`, `service-unreachable`, `argument`, `aborted`
 */
export async function search(aegle: Aegle, parameters: SearchParameters): Promise<SearchPage> {
  const { by, patient, domain, query, purpose, custodian, limit, after, verify, signal } = parameters
  const service = custodian === undefined ? aegle.custodian : aegle.server(custodian)
  if (!service) {
    throw new AegleError('argument', 'no token service is named: give `custodian` here, or when connecting')
  }
  const own = 'enrol' in by.keys
  if (!own && patient === undefined) throw new AegleError('argument', 'whose records are searched? give `patient`')
  const whose = patient === undefined ? by.account.id : accountId('the patient', patient)
  const question = {
    custodian: service,
    domain,
    patient: whose,
    purpose: purpose ?? (own ? 'PATRQT' : 'TREAT'),
    query,
    limit: limit ?? MAX_HITS,
    after: after ?? null,
    verify: verify ?? false,
  }
  const written = await run(aegle, undefined, signal ? { signal } : {}, (host) =>
    core().search(aegle.deployment, host, by.account.key, JSON.stringify(question)),
  )
  const { next, ...hits } = JSON.parse(written) as Omit<SearchPage, 'next'> & { next: RecordPlace | null }
  const page: SearchPage = next ? { ...hits, next } : hits
  checkPage(page, whose, after)
  return page
}

/** Searches page by page, for as long as the caller takes hits. */
export async function* searchAll(aegle: Aegle, parameters: SearchParameters): AsyncGenerator<Hit, void> {
  let { after } = parameters
  do {
    const page = await search(aegle, after ? { ...parameters, after } : parameters)
    yield* page.hits
    after = page.next
  } while (after)
}
