import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId } from '../bytes.ts'
import { millisIfGiven } from '../numbers.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { Purpose } from '../terms.ts'

/** What is passed on. What is not given is as it was granted. */
export interface DelegateParameters extends ActionOptions {
  /** Who holds the grant. */
  readonly by: Actor
  readonly patient: AccountLike
  /** The grant’s number. The patient must have let it be passed on. */
  readonly grant: number
  /** To whom. */
  readonly to: AccountLike
  readonly purposes?: readonly Purpose[]
  readonly until?: Date
  /** Whether it may be passed on again: no, unless it says otherwise. */
  readonly delegable?: boolean
}

/** What was passed on. */
export interface Delegated {
  /** Its number. */
  readonly grant: number
  readonly until: Date
  readonly receipt: Receipt
}

/**
 * Passes on a part of a grant. Its grantee finds records by it and opens none: only the patient can split keys.
 *
 * @throws `denied` when there is no such grant or it may not be passed on, `no-role`, `contract-refused`, `no-funds`,
 * `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`, `argument`, `aborted`
 */
export async function delegate(aegle: Aegle, parameters: DelegateParameters): Promise<Delegated> {
  const { by, patient, grant, to, purposes, until, delegable, ...options } = parameters
  const account = accountOf(by)
  const part = {
    patient: accountId('the patient', patient),
    grant,
    to: accountId('the grantee', to),
    purposes: purposes ?? null,
    until: millisIfGiven('the end', until) ?? null,
    delegable: delegable ?? false,
  }
  const written = await run(aegle, account, options, (host) =>
    account.key.delegate(aegle.deployment, host, JSON.stringify(part)),
  )
  const passed = JSON.parse(written) as { grant: number; until: number; receipt: WrittenReceipt }
  return { grant: passed.grant, until: new Date(passed.until), receipt: receipt(passed.receipt) }
}
