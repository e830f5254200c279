import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId, type Hex } from '../bytes.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { keepingSalt, saltOf } from '../salt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { Confidentiality, DataClass, Purpose } from '../terms.ts'

/** What is asked for. */
export interface RequestParameters extends ActionOptions {
  /** Who asks, with a role that fits every purpose. */
  readonly by: Actor
  /** Whose records. */
  readonly patient: AccountLike
  /** For which purposes: `TREAT`, unless it says otherwise. */
  readonly purposes?: readonly Purpose[]
  /** Which data classes are meant: all, unless it says otherwise. */
  readonly classes?: readonly DataClass[]
  /** Up to which confidentiality: `normal`, unless it says otherwise. */
  readonly confidentiality?: Confidentiality
  /** When the access would end. */
  readonly until: Date
  /** The reason in words, for the patient alone: the chain gets a salted hash of it. */
  readonly why: string
  /** The salt of the hash, by `newSalt`: keep it with the reason before the call. Drawn where it is not given. */
  readonly salt?: Hex
}

/** The reason of a request, to be handed to the patient by another way than the chain. It is JSON. */
export interface RequestNote {
  readonly patient: Hex
  readonly requester: Hex
  readonly why: string
  readonly classes: readonly DataClass[]
  /** Hides the note behind its hash on chain. */
  readonly salt: Hex
}

/** A request that is on chain. */
export interface Requested {
  /** When it can no longer be approved. */
  readonly expires: Date
  /** For the patient, who checks it against the request. */
  readonly note: RequestNote
  readonly receipt: Receipt
}

/**
 * Asks a patient for access. Nobody but the patient learns which data classes are meant: they stand in the note. What is thrown
 * has the note’s salt as `details.salt`: with it, a `RequestNote` can be written though the outcome is not known.
 *
 * @throws `no-role`, `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`,
 * `chain-unavailable`, `argument`, `aborted`
 */
export async function request(aegle: Aegle, parameters: RequestParameters): Promise<Requested> {
  const { by, patient, purposes, classes, confidentiality, until, why, salt: given, ...options } = parameters
  const salt = saltOf(given)
  const account = accountOf(by)
  const wish = {
    patient: accountId('the patient', patient),
    purposes: purposes ?? ['TREAT'],
    classes: classes ?? [],
    confidentiality: confidentiality ?? 'normal',
    until: until.getTime(),
    why,
    salt,
  }
  const acted = run(aegle, account, options, (host) => account.key.request(aegle.deployment, host, JSON.stringify(wish)))
  const asked = JSON.parse(await keepingSalt(salt, acted)) as { expires: number; note: RequestNote; receipt: WrittenReceipt }
  return { expires: new Date(asked.expires), note: asked.note, receipt: receipt(asked.receipt) }
}
