import { accountOf, type Actor } from '../actor.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Who registers. */
export interface RegisterParameters extends ActionOptions {
  readonly as: Actor
}

/**
 * Registers an account as a patient, whom an organisation can then vouch for. Granting needs no registration.
 *
 * @throws `contract-refused` when it is registered already, `no-funds`, `signature-rejected`, `not-included`,
 * `outcome-unknown`, `chain-unavailable`, `aborted`
 */
export async function register(aegle: Aegle, parameters: RegisterParameters): Promise<Receipt> {
  const { as, ...options } = parameters
  const account = accountOf(as)
  const written = await run(aegle, account, options, (host) => account.key.register(aegle.deployment, host))
  return receipt(JSON.parse(written) as WrittenReceipt)
}
