import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId } from '../bytes.ts'
import { whole } from '../numbers.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** What is taken back. */
export interface UndelegateParameters extends ActionOptions {
  /** Who passed it on. */
  readonly by: Actor
  readonly patient: AccountLike
  /** The number of what was passed on. */
  readonly grant: number
  /** To whom it was passed on. */
  readonly to: AccountLike
}

/**
 * Takes back what was passed on, with what was passed on from that.
 *
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function undelegate(aegle: Aegle, parameters: UndelegateParameters): Promise<Receipt> {
  const { by, patient, grant, to, ...options } = parameters
  const account = accountOf(by)
  const number = whole('the grant', grant)
  const [whose, from] = [accountId('the patient', patient), accountId('the grantee', to)]
  const written = await run(aegle, account, options, (host) =>
    account.key.undelegate(aegle.deployment, host, whose, number, from),
  )
  return receipt(JSON.parse(written) as WrittenReceipt)
}
