import {
  anchor,
  type AnchorBlock,
  anchorBlock,
  type AnchoredBatch,
  type AnchoredRecord,
  type AsOf,
  asOf,
  type Fate,
  fate,
  type WrittenAnchor,
  type WrittenFate,
  type WrittenRecord,
} from '../anchors.ts'
import { AegleError } from '../error.ts'
import type { Patient, Reader } from '../keys.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { Purpose } from '../terms.ts'

/** A position in a search domain, as what was opened or verified before had it. */
export interface RecordPosition {
  readonly domain: number
  readonly batch: number
  /** The number in the batch, counted from 0. */
  readonly number: number
}

/** Which record is verified, by whom, and for what. */
export interface VerifyParameters extends ActionOptions {
  /** Who asks: a reader, or the patient themselves. */
  readonly by: Patient | Reader
  /** The record, as {@link search} names it. */
  readonly record: string
  /** The purpose: `TREAT`, unless it says otherwise. A patient’s own is `PATRQT` always. */
  readonly purpose?: Purpose
  /** Where it was before, so that its fate is told even where the indexer shows nothing of it any more. */
  readonly position?: RecordPosition
}

/** What the consent contract’s `check` says, and in a sentence. */
export interface Permission {
  readonly kind: 'own' | 'grant' | 'glass' | 'representative' | 'jurisdiction' | 'denied'
  /** The grant that permits; nothing where none does. */
  readonly grant: number | null
  /** Through which organisation; nothing where the answer rests on no role. */
  readonly organisation: number | null
  readonly sentence: string
}

/** Something that was not verified, and why. */
export interface Unverified {
  readonly what: 'content' | 'block' | 'record' | 'permission'
  readonly reason: string
}

/** What the chain bears out about a record. */
export interface Verification {
  /** The record. */
  readonly record: string
  /** The record on the ledger; nothing where the indexer shows nothing of it. */
  readonly anchored: AnchoredRecord | undefined
  /** The block that anchored its batch; nothing where it was not found. */
  readonly block: AnchorBlock | undefined
  /** What became of it. */
  readonly fate: Fate
  /** Why who asks may see it now, or may not; nothing where the indexer shows nothing of it. */
  readonly permission: Permission | undefined
  /** The finalized block as of which fate and permission are so. */
  readonly asOf: AsOf
  /** What was not verified: the content always, which {@link open} verifies. */
  readonly unverified: readonly Unverified[]
}

interface WrittenAsOf {
  block: number
  hash: AsOf['hash']
  at: number
}

/** A record without what the contracts say of it. */
function recordOf({ record, patient, author, authoredAt, domain, batch, number, leaf, anchor: written }: WrittenRecord): AnchoredRecord {
  return { record, patient, author, authoredAt, domain, batch, number, leaf, anchor: anchor(written) }
}

const CONTENT: Unverified = { what: 'content', reason: 'the content was not fetched: `open` verifies it to its last byte' }

/** The block of a batch, or why there is none. */
export async function blockOf(
  aegle: Aegle,
  batch: AnchoredBatch,
  options: ActionOptions,
): Promise<{ block: AnchorBlock | undefined; reason: string | undefined }> {
  try {
    const block = await anchorBlock(aegle, batch, options)
    const missing = `no block from ${aegle.events.first} on tells of batch ${batch.batch} of domain ${batch.domain}: give an earlier \`fromBlock\` when connecting`
    return { block, reason: block ? undefined : missing }
  } catch (error) {
    const unread = error instanceof AegleError && error.code === 'chain-unavailable' && error.details['block'] !== undefined
    if (!unread) throw error
    return { block: undefined, reason: error.shortMessage }
  }
}

/**
 * Verifies what the chain bears out about a record, without opening it: that its leaf is under the root of its batch as the ledger
 * holds it, in which block and when that was anchored, by which custodian, what became of it, and what the consent contract’s
 * `check` says to whoever asks. What is not verified is named. The indexer notes it in the patient’s log.
 *
 * With `position`, the fate of what is there is told even where the indexer shows nothing of the record, as of one that is erased.
 *
 * @throws `nothing-to-show` for what is absent, erased or not permitted where no `position` is given, `false-answer` where the
 * indexer’s answer is not what was anchored, `argument` also where the record is at another position, `service-refused`,
 * `service-unreachable`, `chain-unavailable`, `aborted`
 */
export async function verify(aegle: Aegle, parameters: VerifyParameters): Promise<Verification> {
  const { by, record, purpose, position, ...options } = parameters
  const { keys } = by
  let written: string
  try {
    written = await run(aegle, undefined, options, (host) =>
      'enrol' in keys
        ? keys.verify(aegle.deployment, host, record)
        : keys.verify(aegle.deployment, host, record, purpose ?? 'TREAT'),
    )
  } catch (error) {
    if (!position || !(error instanceof AegleError) || error.code !== 'nothing-to-show') throw error
    return await unseen(aegle, record, position, options)
  }
  type Written = WrittenRecord & { fate: WrittenFate; permission: Permission; asOf: WrittenAsOf }
  const said = JSON.parse(written) as Written
  const anchored = recordOf(said)
  const { domain, batch, number } = anchored
  if (position && (position.domain !== domain || position.batch !== batch || position.number !== number)) {
    throw new AegleError('argument', `record ${record} is number ${number} of batch ${batch} of domain ${domain}, and not at the position that is given`, {
      details: { domain, batch, number },
    })
  }
  const { block, reason } = await blockOf(aegle, anchored, options)
  const unverified = [CONTENT, ...(reason === undefined ? [] : [{ what: 'block' as const, reason }])]
  return { record, anchored, block, fate: fate(said.fate), permission: said.permission, asOf: asOf(said.asOf), unverified }
}

/** What the ledger alone says of a position. */
async function unseen(aegle: Aegle, record: string, position: RecordPosition, options: ActionOptions): Promise<Verification> {
  const { domain, batch, number } = position
  const written = await run(aegle, undefined, options, (host) => aegle.deployment.fate(host, domain, batch, number))
  const said = JSON.parse(written) as { anchor: WrittenAnchor; fate: WrittenFate; asOf: WrittenAsOf }
  const { block, reason } = await blockOf(aegle, { domain, batch, anchor: anchor(said.anchor) }, options)
  const unverified: Unverified[] = [
    CONTENT,
    { what: 'record', reason: 'the indexer shows nothing of the record: that it is the one at this position is the caller’s word' },
    { what: 'permission', reason: 'the facts that the consent contract decides on are in the record’s row, which the indexer does not show' },
    ...(reason === undefined ? [] : [{ what: 'block' as const, reason }]),
  ]
  return { record, anchored: undefined, block, fate: fate(said.fate), permission: undefined, asOf: asOf(said.asOf), unverified }
}
