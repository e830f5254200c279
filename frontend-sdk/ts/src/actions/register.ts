import { accountOf, type Actor } from '../actor.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Who registers. */
export interface RegisterParameters extends ActionOptions {
  readonly as: Actor
  /** The number of the organisation that alone may vouch for them. Without it nobody may, until one is named. */
  readonly organisation?: number
}

/**
 * Registers an account as a patient, whom the organisation that they name can then vouch for: the law of its jurisdiction
 * counts for them where they have said nothing. Granting needs no registration.
 *
 * @throws `contract-refused` when it is registered already or there is no such organisation, `no-funds`,
 * `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`, `argument`, `aborted`
 */
export async function register(aegle: Aegle, parameters: RegisterParameters): Promise<Receipt> {
  const { as, organisation, ...options } = parameters
  const account = accountOf(as)
  const registering = { organisation: organisation ?? null }
  const written = await run(aegle, account, options, (host) =>
    account.key.register(aegle.deployment, host, JSON.stringify(registering)),
  )
  return receipt(JSON.parse(written) as WrittenReceipt)
}
