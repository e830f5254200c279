import { type AccountLike, accountId, type Hex } from '../bytes.ts'
import { core } from '../core.ts'
import { type ListSource, source, type WrittenSource } from '../lists.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Whose guardians are shown. */
export interface GuardiansParameters extends ActionOptions {
  readonly of: AccountLike
}

/** Who may act for a patient together, and what they have begun. */
export interface Guardians {
  readonly accounts: readonly Hex[]
  /** How many of them it takes. */
  readonly threshold: number
  readonly until: Date
  /** Whether that is over. */
  readonly ended: boolean
  /** What waits for more votes: its hash, who wants it, and until when the votes count. */
  readonly begun: readonly { readonly hash: Hex; readonly votes: readonly Hex[]; readonly expires: Date }[]
  readonly source: ListSource
}

type Written = Omit<Guardians, 'until' | 'begun' | 'source'> & {
  until: number
  begun: { hash: Hex; votes: Hex[]; expires: number }[]
  source: WrittenSource
}

/**
 * Shows who may act for a patient.
 *
 * @throws `limit`, `chain-unavailable`, `argument`, `aborted`
 */
export async function guardians(aegle: Aegle, parameters: GuardiansParameters): Promise<Guardians> {
  const { of, ...options } = parameters
  const id = accountId('the patient', of)
  const written = JSON.parse(
    await run(aegle, undefined, options, (host) => core().guardiansOf(aegle.deployment, host, id)),
  ) as Written
  return {
    ...written,
    until: new Date(written.until),
    begun: written.begun.map((act) => ({ ...act, expires: new Date(act.expires) })),
    source: source(written.source),
  }
}
