import { type Aegle, AegleError, type Hex, type Hit, open, type Opened, type Patient, type Purpose, type Reader, searchAll } from '@aegle/sdk'
import { type Card, cardOf } from '../fhir/card.ts'
import type { Custodian } from '../settings.ts'

/** Most records of a list. */
export const MAX_RECORDS = 20_000
/** How many records are opened at the same time. */
const PARALLEL_OPENINGS = 4
/** The latest moment that a date can hold. Records that say no time have a later one. */
const LAST_MOMENT = 8_640_000_000_000_000
const FHIR = 'application/fhir+json'

/** A record that was opened, with what is shown of it. */
export interface Shown {
  readonly opened: Opened
  /** Nothing for what is no FHIR in JSON. */
  readonly card: Card | undefined
}

/** Records that were found, newest first. */
export interface Found {
  readonly hits: readonly Hit[]
  /** Whether there are more than a list has. */
  readonly more: boolean
}

/** When a record was written; nothing where it does not say. */
export function writtenAt({ authored_at }: Hit): Date | undefined {
  return authored_at > LAST_MOMENT ? undefined : new Date(authored_at)
}

/** The newest first; what says no time is last. */
function byTime(one: Hit, other: Hit): number {
  return (writtenAt(other)?.getTime() ?? -Infinity) - (writtenAt(one)?.getTime() ?? -Infinity) || 0
}

/**
 * Somebody’s view of one patient’s records. A record is opened when it is first looked at, and kept for as long as its
 * reader is signed in: each opening is a line in the patient’s log.
 */
export class Chart {
  readonly #aegle: Aegle
  readonly #by: Patient | Reader
  readonly #patient: Hex
  readonly #custodians: readonly Custodian[]
  readonly #purpose: { readonly purpose?: Purpose }
  readonly #opened = new Map<string, Promise<Shown>>()
  #openings = 0
  readonly #waiting: (() => void)[] = []

  /** A view for another purpose than the usual one is a view of its own. */
  constructor(aegle: Aegle, by: Patient | Reader, patient: Hex, custodians: readonly Custodian[], purpose?: Purpose) {
    this.#purpose = purpose === undefined ? {} : { purpose }
    this.#aegle = aegle
    this.#by = by
    this.#patient = patient
    this.#custodians = custodians
  }

  /** Searches the records at every hospital; a hospital without any is none without an answer. */
  async search(query: string, signal?: AbortSignal): Promise<Found> {
    const all = await Promise.all(this.#custodians.map((custodian) => this.#searchAt(custodian, query, signal)))
    const hits = all.flatMap((found) => found.hits).sort(byTime)
    return { hits, more: all.some((found) => found.more) }
  }

  async #searchAt({ url, domain }: Custodian, query: string, signal: AbortSignal | undefined): Promise<Found> {
    const hits: Hit[] = []
    const asked = { by: this.#by, patient: this.#patient, domain, custodian: url, query: query.trim() || '*', ...this.#purpose }
    try {
      for await (const hit of searchAll(this.#aegle, signal ? { ...asked, signal } : asked)) {
        if (hits.length === MAX_RECORDS) return { hits, more: true }
        hits.push(hit)
      }
    } catch (error) {
      if (error instanceof AegleError && error.code === 'no-batch') return { hits, more: false }
      // What is permitted no longer is shown no longer, though it was opened before.
      if (error instanceof AegleError && error.code === 'service-refused') this.#opened.clear()
      throw error
    }
    return { hits, more: false }
  }

  /** Opens a record, once; what failed is tried again when it is asked for again. */
  async show(record: string): Promise<Shown> {
    const known = this.#opened.get(record)
    if (known) return await known
    const opening = this.#inTurn(async () => {
      const opened = await open(this.#aegle, { by: this.#by, record, patient: this.#patient, ...this.#purpose })
      return { opened, card: opened.mediaType === FHIR ? cardOf(opened.json()) : undefined }
    })
    this.#opened.set(record, opening)
    opening.catch(() => this.#opened.delete(record))
    return await opening
  }

  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    if (this.#openings === PARALLEL_OPENINGS) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#openings += 1
    try {
      return await action()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#openings -= 1
    }
  }
}
