import { accountOf, type Actor } from '../actor.ts'
import { whole } from '../numbers.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** What is withdrawn. */
export interface WithdrawParameters extends ActionOptions {
  /** Who proposed it; anybody of the committee, once nobody can vote on it any more. */
  readonly by: Actor
  /** The number of the proposal. */
  readonly proposal: number
}

/**
 * Withdraws a proposal to the committee.
 *
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `aborted`
 */
export async function withdraw(aegle: Aegle, parameters: WithdrawParameters): Promise<Receipt> {
  const { by, proposal, ...options } = parameters
  const account = accountOf(by)
  const number = whole('the proposal', proposal)
  const written = await run(aegle, account, options, (host) =>
    account.key.withdrawProposal(aegle.deployment, host, number),
  )
  return receipt(JSON.parse(written) as WrittenReceipt)
}
