import { type AccountLike, accountId } from '../bytes.ts'
import type { Patient } from '../keys.ts'
import { whole } from '../numbers.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Which grant ends. */
export interface RevokeParameters extends ActionOptions {
  readonly patient: Patient
  /** The number of the grant. */
  readonly grant: number
  /** The account that it was given to: looked up in the contracts’ events, unless it says otherwise. */
  readonly from?: AccountLike
}

/**
 * Revokes a grant: from the block of the receipt on, nothing is shown by it. What was read before cannot be unread.
 *
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`, `argument`, `aborted`
 */
export async function revoke(aegle: Aegle, parameters: RevokeParameters): Promise<Receipt> {
  const { patient, grant, from, ...options } = parameters
  const number = whole('the grant', grant)
  const grantee = from === undefined ? undefined : accountId('the grantee', from)
  const written = await run(aegle, patient.account, options, (host) =>
    patient.keys.revoke(aegle.deployment, host, number, grantee),
  )
  return receipt(JSON.parse(written) as WrittenReceipt)
}
