import { accountOf, type Actor } from '../actor.ts'
import { whole } from '../numbers.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Which erasure is called off, and by whom. */
export interface CancelErasureParameters extends ActionOptions {
  /** An admin of the organisation that keeps the records: whoever asked for it only until a second admin does. */
  readonly by: Actor
  readonly domain: number
  /** Its number in the domain, as {@link erasures} lists it. */
  readonly erasure: number
}

/**
 * Calls an erasure off that is not final: its records are shown again.
 *
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function cancelErasure(aegle: Aegle, parameters: CancelErasureParameters): Promise<Receipt> {
  const { by, domain, erasure, ...options } = parameters
  const account = accountOf(by)
  const [where, which] = [whole('the domain', domain), whole('the erasure', erasure)]
  const written = await run(aegle, account, options, (host) => account.key.cancelErasure(aegle.deployment, host, where, which))
  return receipt(JSON.parse(written) as WrittenReceipt)
}
