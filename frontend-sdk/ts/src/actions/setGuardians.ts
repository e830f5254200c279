import { type AccountLike, accountId } from '../bytes.ts'
import type { Patient } from '../keys.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Who may act for a patient. */
export interface SetGuardiansParameters extends ActionOptions {
  readonly patient: Patient
  /** The guardians, instead of those who were named before; nobody with an empty list. */
  readonly guardians: readonly AccountLike[]
  /** How many of them it takes: all, unless it says otherwise. */
  readonly threshold?: number
  /** When they can no longer act, such as when a child comes of age. */
  readonly until: Date
}

/**
 * Names who may revoke, decline, deny and close emergency access for a patient, together. They read nothing by that.
 *
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function setGuardians(aegle: Aegle, parameters: SetGuardiansParameters): Promise<Receipt> {
  const { patient, guardians, threshold, until, ...options } = parameters
  const accounts = guardians.map((guardian) => accountId('a guardian', guardian))
  const named = { accounts, threshold: threshold ?? accounts.length, until: until.getTime() }
  const written = await run(aegle, patient.account, options, (host) =>
    patient.keys.setGuardians(aegle.deployment, host, JSON.stringify(named)),
  )
  return receipt(JSON.parse(written) as WrittenReceipt)
}
