import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId } from '../bytes.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Who is dismissed. */
export interface DismissParameters extends ActionOptions {
  /** An admin of the organisation. */
  readonly by: Actor
  readonly accounts: readonly AccountLike[]
}

/**
 * Takes the roles that accounts have, or are offered, in the admin’s organisation; 64 accounts in a transaction, in their
 * order. All accounts of a transaction are dismissed, or none: where one is refused, `details.done` says for how many it was
 * done before.
 *
 * @returns the receipts, one for each transaction
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function dismiss(aegle: Aegle, parameters: DismissParameters): Promise<readonly Receipt[]> {
  const { by, accounts, ...options } = parameters
  const account = accountOf(by)
  const ids = JSON.stringify(accounts.map((one) => accountId('who is dismissed', one)))
  const written = await run(aegle, account, options, (host) => account.key.dismiss(aegle.deployment, host, ids))
  return (JSON.parse(written) as WrittenReceipt[]).map(receipt)
}
