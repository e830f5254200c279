import { type AnchorBlock, type AsOf, type Fate, fate, type WrittenFate } from '../anchors.ts'
import { type AccountLike, accountId, type Hex } from '../bytes.ts'
import { AegleError } from '../error.ts'
import type { Patient, Reader } from '../keys.ts'
import { resourceTypes } from '../resourceTypes.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { Purpose } from '../terms.ts'
import type { Hit, RecordPlace } from '../wire.ts'
import { open, type Opened } from './open.ts'
import { search } from './search.ts'
import { blockOf } from './verify.ts'

/** How many hits are asked for at once: the most that are, since each page is proved by itself. */
const PAGE_HITS = 1_000
/** The most records that an export leaves out and goes on. */
const MAX_LEFT_OUT = 10_000

/** Finds every resource of FHIR R4, and can be proved, as `*` cannot. */
const EVERY_TYPE = resourceTypes.map((type) => `type:${type}`).join(' OR ')

/** Whose records are exported, by whom, and for what. */
export interface ExportParameters extends ActionOptions {
  /** Who exports: a reader, or the patient themselves. */
  readonly by: Patient | Reader
  /** Whose records: the exporter’s own, unless it says otherwise. */
  readonly patient?: AccountLike
  /** The number of the custodian’s search domain. */
  readonly domain: number
  /**
   * Which records: all, unless a query says otherwise. Of all that there are nothing is proved, so that with `verify` these are
   * those of every type of FHIR R4.
   */
  readonly query?: string
  /** The purpose: `PATRQT` for one’s own records and `TREAT` for others’, unless it says otherwise. */
  readonly purpose?: Purpose
  /** The address of the custodian’s token service, where it is not that of `connect`. */
  readonly custodian?: string
  /** Whether the indexer must prove that these are all: for one’s own records, unless it says otherwise. */
  readonly verify?: boolean
}

/** Why a record is left out: `not-fhir` is left out of FHIR Bundles alone. */
export type LeftOutReason = 'not-permitted' | 'unavailable' | 'false-answer' | 'not-fhir'

/** A record that was found, and is not in the export. */
export interface LeftOut {
  readonly record: string
  readonly batch: number
  /** Its number in the batch. */
  readonly number: number
  readonly reason: LeftOutReason
  /** Why, in a sentence. */
  readonly sentence: string
}

/** A record of an export: opened, or left out. */
export type ExportedRecord =
  | {
      readonly kind: 'record'
      readonly opened: Opened
      /** The block that anchored its batch; nothing where it was not found. */
      readonly block: AnchorBlock | undefined
      /** What became of it: an export has what was corrected beside its correction. */
      readonly fate: Fate
    }
  | ({ readonly kind: 'left-out' } & LeftOut)

/** What is in an export, and what is not. */
export interface ExportSummary {
  readonly domain: number
  /** The query; nothing where all were asked for. */
  readonly query: string | undefined
  /** How many records were opened. */
  readonly records: number
  /** Their bytes. */
  readonly bytes: number
  readonly leftOut: readonly LeftOut[]
  /** Whether the indexer has proved that no record was kept back. */
  readonly complete: boolean
}

/** Why the record is left out, and the export goes on; nothing for what no other record would fare better by. */
function leftOutFor({ code, details }: AegleError): LeftOutReason | undefined {
  switch (code) {
    case 'nothing-to-show':
    case 'denied':
    case 'no-keys':
      return 'not-permitted'
    case 'too-few-proxies':
    case 'not-finalized':
    case 'content':
    case 'limit':
      return 'unavailable'
    case 'false-answer':
      return 'false-answer'
    case 'service-refused':
      return details['because'] === 'ciphertext-lost' ? 'unavailable' : undefined
    default:
      return undefined
  }
}

/**
 * Refuses an export that would leave too much out.
 *
 * @throws `limit`
 */
export function checkLeftOut(number: number): void {
  if (number <= MAX_LEFT_OUT) return
  throw new AegleError('limit', `more than ${MAX_LEFT_OUT} records would be left out of the export`, { details: { most: MAX_LEFT_OUT } })
}

/** What is read once for a batch. */
type Blocks = Map<number, AnchorBlock | undefined>

async function exported(aegle: Aegle, parameters: ExportParameters, patient: Hex, hit: Hit, blocks: Blocks): Promise<ExportedRecord> {
  const { by, purpose, domain, signal } = parameters
  const options = signal ? { signal } : {}
  const { record } = hit
  try {
    const opened = await open(aegle, { by, record, patient, ...(purpose ? { purpose } : {}), ...options })
    const { batch, number } = opened
    if (opened.domain !== domain || batch !== hit.batch || number !== hit.number) {
      throw new AegleError('false-answer', `the indexer found record ${record} at another position than that where it was anchored`, { tampering: true })
    }
    if (!blocks.has(batch)) blocks.set(batch, (await blockOf(aegle, opened, options)).block)
    const said = await run(aegle, undefined, options, (host) => aegle.deployment.fate(host, domain, batch, number))
    const { fate: became } = JSON.parse(said) as { fate: WrittenFate; asOf: AsOf }
    return { kind: 'record', opened, block: blocks.get(batch), fate: fate(became) }
  } catch (error) {
    const reason = error instanceof AegleError ? leftOutFor(error) : undefined
    if (!reason) throw error
    return { kind: 'left-out', record, batch: hit.batch, number: hit.number, reason, sentence: (error as AegleError).shortMessage }
  }
}

/**
 * Exports records: opens one after the other, for as long as the caller takes them, so that one is in memory at a time. A record
 * that was found and does not open is told as left out, with the reason; what would befall every other record, such as a server
 * that is gone, ends the export. Returns the summary at its end. `onProgress` counts in records, of those that were found so far.
 *
 * @throws what {@link search} throws, also where the indexer must prove that these are all: `limit` where the domain has more batches
 * than are proved at once; `limit`, too, after 10,000 records that were left out; `chain-unavailable`, `service-unreachable`,
 * `service-refused`, `aborted`
 */
export async function* exportRecords(aegle: Aegle, parameters: ExportParameters): AsyncGenerator<ExportedRecord, ExportSummary> {
  const { by, patient, domain, purpose, custodian, signal, onProgress } = parameters
  const own = 'enrol' in by.keys && patient === undefined
  const whose = patient === undefined ? by.account.id : accountId('the patient', patient)
  const complete = parameters.verify ?? own
  const query = parameters.query ?? (complete ? EVERY_TYPE : '*')
  const asked = {
    ...{ by, domain, query, limit: PAGE_HITS, verify: complete },
    ...(patient === undefined ? {} : { patient }),
    ...(purpose ? { purpose } : {}),
    ...(custodian === undefined ? {} : { custodian }),
    ...(signal ? { signal } : {}),
  }
  const leftOut: LeftOut[] = []
  const blocks: Blocks = new Map()
  let [records, bytes, found, done] = [0, 0, 0, 0]
  let after: RecordPlace | undefined
  do {
    const page = await search(aegle, after ? { ...asked, after } : asked)
    found += page.hits.length
    for (const hit of page.hits) {
      const one = await exported(aegle, parameters, whose, hit, blocks)
      if (one.kind === 'record') {
        records += 1
        bytes += one.opened.content.length
      } else {
        const { kind: _, ...left } = one
        leftOut.push(left)
        checkLeftOut(leftOut.length)
      }
      done += 1
      onProgress?.({ done, all: found, unit: 'records' })
      yield one
    }
    after = page.next
  } while (after)
  return { domain, query: parameters.query, records, bytes, leftOut, complete }
}
