import type { RecordOpener } from '../../pkg/aegle.js'
import { type AccountLike, accountId, type Hex } from '../bytes.ts'
import { AegleError, type AegleErrorCode, toAegleError } from '../error.ts'
import type { Reader } from '../keys.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import { open } from './open.ts'

/** What is added up, and by whom. */
export interface AggregateParameters extends ActionOptions {
  /** The insurer. */
  readonly by: Reader
  /** Whose records: 1,000 patients at most. */
  readonly patients: readonly AccountLike[]
  /** The number of the custodian’s search domain. */
  readonly domain: number
  /** Which of their records, such as `type:Claim AND date:2026`: all, unless it says otherwise. docs/query-language.md */
  readonly query?: string
  /** The address of the custodian’s token service, where it is not that of `connect`. */
  readonly custodian?: string
}

/** Amounts of one kind, added up exactly. */
export interface AggregateSum {
  /** The FHIR type of the records: `Claim`, `ClaimResponse` or `ExplanationOfBenefit`. */
  readonly type: string
  /** `total` of a claim; the code of the category of a total, such as `benefit`, of the others. */
  readonly category: string
  /** The currency (ISO 4217). */
  readonly currency: string
  /** How much, as a decimal number that is not rounded. */
  readonly amount: string
  /** Of how many amounts. */
  readonly count: number
}

/** A record that is in no sum, and why. */
export interface AggregateLeftOut {
  readonly record: string
  /** In an English sentence. */
  readonly reason: string
}

/** What the records of patients come to. */
export interface Aggregate {
  /**
   * Everybody who was asked about, and how many of their records count: none of who has granted nothing for payment. Who could not
   * be asked about is in `leftOut`.
   */
  readonly patients: readonly { readonly patient: Hex; readonly records: number }[]
  /** How many of the records that count are of each FHIR type. */
  readonly types: readonly { readonly type: string; readonly records: number }[]
  readonly sums: readonly AggregateSum[]
  readonly leftOut: {
    /**
     * Patients who could not be asked about: nothing of theirs is in any sum, whatever there is. `too-narrow`: their consent is
     * narrowed too finely, or was passed on, to ask about every kind of record. `paused`: the consortium has paused what is permitted.
     */
    readonly unasked: readonly { readonly patient: Hex; readonly reason: 'too-narrow' | 'paused' }[]
    /** Records whose place newer versions took. */
    readonly superseded: number
    /** Records entered in error, and claims that are drafts or cancelled. */
    readonly notActive: number
    /** Records that were found and could not be opened. */
    readonly unopened: readonly AggregateLeftOut[]
    /** Claims whose amounts cannot be read. They count as records. */
    readonly unread: readonly AggregateLeftOut[]
  }
  /** The chain’s time when it was begun. */
  readonly at: Date
}

/**
 * Adds up the records that patients have granted for payment (`HPAYMT`), as they are now: what was revoked is in it no more. Each
 * record is verified against the ledger and opened here; nothing is kept for the next time. It has 10,000 records at most.
 *
 * @throws `false-answer` when a record is not what was anchored: then nothing is added up; `query`, `no-domain`, `no-batch`,
 * `limit`, `service-refused`, `service-unreachable`, `session-ended`, `chain-unavailable`, `argument`, `closed`, `aborted`
 */
export async function aggregate(aegle: Aegle, parameters: AggregateParameters): Promise<Aggregate> {
  const { by, patients, domain, query, custodian, ...options } = parameters
  const service = custodian === undefined ? aegle.custodian : aegle.server(custodian)
  if (!service) {
    throw new AegleError('argument', 'no token service is named: give `custodian` here, or when connecting')
  }
  const ids = patients.map((patient) => accountId('a patient', patient))
  const question = JSON.stringify({ custodian: service, domain, patients: ids, query: query ?? '*' })
  const { opener, over } = openerFor(aegle, by, options)
  const written = await run(aegle, undefined, options, (host) => by.keys.aggregate(aegle.deployment, host, question, opener))
  if (options.signal?.aborted) throw new AegleError('aborted', 'the action was ended by its caller', { cause: options.signal.reason })
  const ended = over()
  if (ended) throw ended
  const { at, ...found } = JSON.parse(written) as Omit<Aggregate, 'at'> & { at: number }
  return { ...found, at: new Date(at) }
}

/** What no record is opened after: those that are left are not told as left out. */
const ENDS: readonly AegleErrorCode[] = ['aborted', 'closed', 'session-ended']

/** Opens records as {@link open} does: WebCrypto decrypts them. Tells besides what has ended it before the last one. */
function openerFor(aegle: Aegle, by: Reader, { signal }: ActionOptions): { opener: RecordOpener; over: () => AegleError | undefined } {
  let over: AegleError | undefined
  const opener: RecordOpener = {
    async open(record) {
      try {
        const { patient, domain, batch, number, content } = await open(aegle, { by, record, purpose: 'HPAYMT', ...(signal ? { signal } : {}) })
        return { told: JSON.stringify({ opened: { patient, domain, batch, number } }), content }
      } catch (error) {
        const failed = toAegleError(error)
        if (ENDS.includes(failed.code)) over ??= failed
        const { shortMessage, tampering } = failed
        return { told: JSON.stringify({ [tampering ? 'tampered' : 'left-out']: shortMessage }) }
      }
    },
  }
  return { opener, over: () => over }
}
