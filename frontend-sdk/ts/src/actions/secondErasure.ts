import { accountOf, type Actor } from '../actor.ts'
import { whole } from '../numbers.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Which erasure is asked for too, and by whom. */
export interface SecondErasureParameters extends ActionOptions {
  /** Another admin of the organisation that keeps the records, or the patient whose they are. */
  readonly by: Actor
  readonly domain: number
  /** Its number in the domain, as {@link erasures} lists it. */
  readonly erasure: number
}

/**
 * Asks, as a second admin of the organisation or as the patient whose records they are, for an erasure that an admin asked for: from
 * the next block on its records are shown to nobody.
 *
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function secondErasure(aegle: Aegle, parameters: SecondErasureParameters): Promise<Receipt> {
  const { by, domain, erasure, ...options } = parameters
  const account = accountOf(by)
  const [where, which] = [whole('the domain', domain), whole('the erasure', erasure)]
  const written = await run(aegle, account, options, (host) => account.key.secondErasure(aegle.deployment, host, where, which))
  return receipt(JSON.parse(written) as WrittenReceipt)
}
