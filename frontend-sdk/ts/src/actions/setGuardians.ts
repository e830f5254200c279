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
  /**
   * What they may do beside acting together: nothing (`act`, unless it says otherwise), see the records as the patient does
   * (`read`), or see them while nobody but them acts or reads, for an infant (`alone`).
   */
  readonly may?: keyof typeof authorities
}

/** How the contract knows that nobody is named. */
const NOBODY = { accounts: [], threshold: 0, until: 0, authority: 'Acting' } as const

const authorities = { act: 'Acting', read: 'Representing', alone: 'Exclusive' } as const

/**
 * Names who may revoke, decline, deny and close emergency access for a patient, together, and give the account to another key.
 * Where there are guardians already, those who are named follow them three days later.
 *
 * @throws `contract-refused`, `no-funds`, `signature-rejected`, `not-included`, `outcome-unknown`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function setGuardians(aegle: Aegle, parameters: SetGuardiansParameters): Promise<Receipt> {
  const { patient, guardians, threshold, until, may, ...options } = parameters
  const accounts = guardians.map((guardian) => accountId('a guardian', guardian))
  const named =
    accounts.length === 0
      ? NOBODY
      : { accounts, threshold: threshold ?? accounts.length, until: until.getTime(), authority: authorities[may ?? 'act'] }
  const written = await run(aegle, patient.account, options, (host) =>
    patient.keys.setGuardians(aegle.deployment, host, JSON.stringify(named)),
  )
  return receipt(JSON.parse(written) as WrittenReceipt)
}
