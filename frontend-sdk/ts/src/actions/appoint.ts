import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId } from '../bytes.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import type { RoleName } from '../roles.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Who is appointed, and to what. */
export interface AppointParameters extends ActionOptions {
  /** An admin of the organisation. */
  readonly by: Actor
  /** Who gets the roles, instead of those that they have in the organisation. */
  readonly accounts: readonly AccountLike[]
  /** `clinician`, `researcher`, `device` and `custodian`; the others are the committee’s to give. */
  readonly roles: readonly RoleName[]
  /** When the roles end. */
  readonly until: Date
}

/**
 * Gives accounts roles in the admin’s organisation; 64 in a transaction, in their order. Who works for another organisation
 * is offered the roles, and has them once they accept. All accounts of a transaction are appointed, or none: where one is
 * refused, `details.done` says for how many it was done before.
 *
 * @returns the receipts, one for each transaction
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function appoint(aegle: Aegle, parameters: AppointParameters): Promise<readonly Receipt[]> {
  const { by, accounts, roles, until, ...options } = parameters
  const account = accountOf(by)
  const ids = accounts.map((one) => accountId('who is appointed', one))
  const appointment = JSON.stringify({ accounts: ids, roles, until: until.getTime() })
  const written = await run(aegle, account, options, (host) => account.key.appoint(aegle.deployment, host, appointment))
  return (JSON.parse(written) as WrittenReceipt[]).map(receipt)
}
