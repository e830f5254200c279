import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId } from '../bytes.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Which request is taken back. */
export interface WithdrawRequestParameters extends ActionOptions {
  /** Who asked. */
  readonly by: Actor
  /** Who was asked. */
  readonly patient: AccountLike
}

/**
 * Takes a request for access back; its deposit comes back too.
 *
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function withdrawRequest(aegle: Aegle, parameters: WithdrawRequestParameters): Promise<Receipt> {
  const { by, patient, ...options } = parameters
  const account = accountOf(by)
  const id = accountId('the patient', patient)
  const written = await run(aegle, account, options, (host) => account.key.withdrawRequest(aegle.deployment, host, id))
  return receipt(JSON.parse(written) as WrittenReceipt)
}
