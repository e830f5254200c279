import { type AccountLike, accountId, type Hex } from '../bytes.ts'
import { AegleError } from '../error.ts'
import type { Patient } from '../keys.ts'
import type { ProxyFault } from '../proxies.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { Confidentiality, DataClass, Purpose } from '../terms.ts'

/** Who may read what, for what, and for how long. */
export interface GrantParameters extends ActionOptions {
  readonly patient: Patient
  /** The account that may read. It must have published a key. */
  readonly to: AccountLike
  /** For which purposes: at least one. */
  readonly purposes: readonly Purpose[]
  /** When it ends. */
  readonly until: Date
  /** When it begins: now, unless it says otherwise. */
  readonly from?: Date
  /** Over which data classes: all but the restricted ones, unless it says otherwise. A restricted one stands alone. */
  readonly classes?: readonly DataClass[]
  /** Up to which confidentiality: `normal`, unless it says otherwise. */
  readonly confidentiality?: Confidentiality
  /** Whether the grantee may pass it on: no, unless it says otherwise. */
  readonly delegable?: boolean
  /**
   * Among how many proxies of different organisations its keys are split, and how many of them must take part to open a record:
   * 2 of 3 where proxies of three organisations are registered, the indexer’s alone where there are fewer, unless it says
   * otherwise.
   */
  readonly proxies?: { readonly threshold: number; readonly of: number }
  /** The FHIR Consent document that it stands for; the chain gets a salted commitment to it. */
  readonly document?: Uint8Array
}

/** A grant that stands. */
export interface Granted {
  /** Its number among the patient’s grants. */
  readonly grant: number
  /** The salt of the document’s commitment: keep it with the document. */
  readonly documentSalt: Hex
  /** Proxies that have not taken their shares, while enough have. */
  readonly undelivered: readonly ProxyFault[]
  readonly receipt: Receipt
}

/**
 * Grants access: splits the keys between the grantee and the proxies, puts the terms on chain, and deposits the sealed parts, at
 * each proxy its own. Where too few proxies can be asked, nothing is put on chain.
 *
 * @throws `no-directory-key` when the grantee has published no key, `too-few-proxies`, `proxy-unregistered`, `proxy-key`, `contract-refused`,
 * `not-deposited`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`, `service-refused`, `service-unreachable`, `argument`,
 * `aborted`
 */
export async function grant(aegle: Aegle, parameters: GrantParameters): Promise<Granted> {
  const { patient, to, purposes, until, from, classes, confidentiality, delegable, proxies, document, ...options } = parameters
  const [begins, ends] = [(from ?? new Date()).getTime(), until.getTime()]
  if (!(begins < ends)) {
    throw new AegleError('argument', `a grant from ${String(from ?? 'now')} until ${String(until)} is over before it begins`)
  }
  if (purposes.length === 0) throw new AegleError('argument', 'a grant for no purpose permits nothing: name at least one')
  const wanted = {
    grantee: accountId('the grantee', to),
    purposes,
    classes: classes ?? null,
    confidentiality: confidentiality ?? 'normal',
    from: begins,
    until: ends,
    delegable: delegable ?? false,
    proxies: proxies ? `${proxies.threshold}/${proxies.of}` : null,
  }
  const written = await run(aegle, patient.account, options, (host) =>
    patient.keys.grant(aegle.deployment, host, JSON.stringify(wanted), document ?? new Uint8Array()),
  )
  const granted = JSON.parse(written) as Omit<Granted, 'receipt'> & { receipt: WrittenReceipt }
  return { ...granted, receipt: receipt(granted.receipt) }
}
