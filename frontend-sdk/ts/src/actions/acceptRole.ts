import { accountOf, type Actor } from '../actor.ts'
import { whole } from '../numbers.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Which role is accepted, and by whom. */
export interface AcceptRoleParameters extends ActionOptions {
  /** Who is offered it. */
  readonly by: Actor
  /** The number of the organisation that offers it. */
  readonly organisation: number
}

/**
 * Accepts the role that an organisation offers, which counts from then on besides those in other organisations.
 *
 * @throws `contract-refused` when nothing is offered there, or it has ended, `no-funds`, `signature-rejected`, `not-included`,
 * `outcome-unknown`, `chain-unavailable`, `argument`, `aborted`
 */
export async function acceptRole(aegle: Aegle, parameters: AcceptRoleParameters): Promise<Receipt> {
  const { by, organisation, ...options } = parameters
  const account = accountOf(by)
  const there = whole('the organisation', organisation)
  const written = await run(aegle, account, options, (host) => account.key.acceptRole(aegle.deployment, host, there))
  return receipt(JSON.parse(written) as WrittenReceipt)
}
