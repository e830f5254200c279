import { type AccountLike, accountId } from '../bytes.ts'
import type { Patient } from '../keys.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Whose card for whom. */
export interface CreateCardParameters extends ActionOptions {
  readonly patient: Patient
  /** The custodian’s account. */
  readonly custodian: AccountLike
}

/** A patient’s card. It is no secret, but it links a person to a pseudonym. */
export interface PatientCard {
  readonly account: string
  readonly classes: unknown
}

/**
 * Makes the card that a patient hands to a custodian at the reception desk: their account, and which of their slots
 * stands for which data class, sealed to that custodian.
 *
 * @throws `no-directory-key` when the custodian has published no key, `chain-unavailable`, `aborted`
 */
export async function createCard(aegle: Aegle, parameters: CreateCardParameters): Promise<PatientCard> {
  const { patient, custodian, ...options } = parameters
  const id = accountId('the custodian', custodian)
  return JSON.parse(await run(aegle, undefined, options, (host) => patient.keys.card(aegle.deployment, host, id))) as PatientCard
}
