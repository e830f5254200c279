import { accountOf, type Actor } from '../actor.ts'
import { whole } from '../numbers.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Which role is given back, and by whom. */
export interface RenounceRoleParameters extends ActionOptions {
  /** Who has it, or is offered it. */
  readonly by: Actor
  /** The number of the organisation; `null` for every one. */
  readonly organisation: number | null
}

/**
 * Gives one’s own role in an organisation back, and declines what it offers.
 *
 * @throws `contract-refused` when there is nothing to give back, `no-funds`, `signature-rejected`, `not-included`,
 * `outcome-unknown`, `chain-unavailable`, `argument`, `aborted`
 */
export async function renounceRole(aegle: Aegle, parameters: RenounceRoleParameters): Promise<Receipt> {
  const { by, organisation, ...options } = parameters
  const account = accountOf(by)
  const from = organisation === null ? undefined : whole('the organisation', organisation)
  const written = await run(aegle, account, options, (host) =>
    account.key.renounceRole(aegle.deployment, host, from),
  )
  return receipt(JSON.parse(written) as WrittenReceipt)
}
