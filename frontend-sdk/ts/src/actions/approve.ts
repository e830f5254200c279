import { type AccountLike, accountId } from '../bytes.ts'
import type { Patient } from '../keys.ts'
import { millisIfGiven } from '../numbers.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { Confidentiality, DataClass, Purpose } from '../terms.ts'
import type { Granted } from './grant.ts'
import type { RequestNote } from './request.ts'

/** Which request is approved. What is not given is as it was asked; nothing can be more than that. */
export interface ApproveParameters extends ActionOptions {
  readonly patient: Patient
  /** Who asked. */
  readonly requester: AccountLike
  readonly purposes?: readonly Purpose[]
  /** Over which data classes: those of the note, or all that were asked for but the restricted ones. */
  readonly classes?: readonly DataClass[]
  readonly confidentiality?: Confidentiality
  readonly until?: Date
  /** The note that the requester handed over. It must be the request’s own. */
  readonly note?: RequestNote
  /** The FHIR Consent document that the grant stands for; the chain gets a salted commitment to it. */
  readonly document?: Uint8Array
}

/**
 * Approves a request for access, as it was asked or narrowed, by a grant.
 *
 * @throws `not-open` for a request that is answered, withdrawn or expired, `other-note`, `not-deposited`,
 * `no-directory-key`, `too-few-proxies`, `proxy-unregistered`, `proxy-key`, `contract-refused`, `no-funds`, `signature-rejected`,
 * `not-included`, `outcome-unknown`, `chain-unavailable`, `service-refused`, `service-unreachable`, `argument`, `aborted`
 */
export async function approve(aegle: Aegle, parameters: ApproveParameters): Promise<Granted> {
  const { patient, requester, purposes, classes, confidentiality, until, note, document, ...options } = parameters
  const wanted = {
    requester: accountId('the requester', requester),
    purposes: purposes ?? null,
    classes: classes ?? null,
    confidentiality: confidentiality ?? null,
    until: millisIfGiven('the end', until) ?? null,
    note: note ?? null,
  }
  const written = await run(aegle, patient.account, options, (host) =>
    patient.keys.approve(aegle.deployment, host, JSON.stringify(wanted), document ?? new Uint8Array()),
  )
  const granted = JSON.parse(written) as Omit<Granted, 'receipt'> & { receipt: WrittenReceipt }
  return { ...granted, receipt: receipt(granted.receipt) satisfies Receipt }
}
