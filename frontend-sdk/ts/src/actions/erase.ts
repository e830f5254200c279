import { accountOf, type Actor } from '../actor.ts'
import { whole } from '../numbers.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** The ground of an erasure: those of Article 17(1) of the GDPR, and an error. */
export type ErasureReason = 'retention-ended' | 'patient-request' | 'unlawful' | 'legal-obligation' | 'entered-in-error'

/** Which records of a batch are to be erased. */
export interface EraseParameters extends ActionOptions {
  /** An admin of the organisation that keeps the records. */
  readonly by: Actor
  readonly domain: number
  readonly batch: number
  /** Their numbers in the batch, counted from 0. */
  readonly numbers: readonly number[]
  readonly reason: ErasureReason
}

/** An erasure that is asked for. */
export interface RequestedErasure {
  /** Its number in the domain. */
  readonly erasure: number
  /** The records that it names, by their numbers in the batch. */
  readonly numbers: readonly number[]
  /** From when on they are erased for good; nothing where somebody called it off in the same moment. */
  readonly finalAt: Date | null
  readonly receipt: Receipt
}

type Written = Omit<RequestedErasure, 'finalAt' | 'receipt'> & { finalAt: number | null; receipt: WrittenReceipt }

/** The last number that a record of a batch can have. */
const LAST_NUMBER = 65_535

/**
 * Asks for the erasure of records, 1,024 in a transaction. Each request is final once the consortium’s limit has passed, unless an
 * admin calls it off ({@link cancelErasure}); until then the records are shown, unless a second admin, or the patient whose they
 * are, asks for it too ({@link secondErasure}). Records whose erasure was asked for before are left out, so that it may be called
 * again. What is final no indexer shows: the custodian then relabels the batch and erases their own copies (`aegle custodian`).
 *
 * @returns the requests, one for each transaction; none where all were asked for before
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function erase(aegle: Aegle, parameters: EraseParameters): Promise<readonly RequestedErasure[]> {
  const { by, domain, batch, numbers, reason, ...options } = parameters
  const account = accountOf(by)
  const wanted = JSON.stringify({
    domain: whole('the domain', domain),
    batch: whole('the batch', batch),
    numbers: numbers.map((number) => whole('a record’s number', number, LAST_NUMBER)),
    reason,
  })
  const written = await run(aegle, account, options, (host) => account.key.requestErasure(aegle.deployment, host, wanted))
  return (JSON.parse(written) as Written[]).map((own) => ({
    ...own,
    finalAt: own.finalAt === null ? null : new Date(own.finalAt),
    receipt: receipt(own.receipt),
  }))
}
