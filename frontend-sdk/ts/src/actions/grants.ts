import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId, type Hex } from '../bytes.ts'
import { AegleError } from '../error.ts'
import { type ListSource, source, type WrittenSource } from '../lists.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { Confidentiality, DataClass, Purpose } from '../terms.ts'

/** Whose grants are listed. */
export interface GrantsParameters extends ActionOptions {
  /** A patient, who gave them; or somebody to whom `patient` gave them. */
  readonly of: Actor
  /** Whose grants *to* the lister are listed, instead of those that the lister gave. */
  readonly patient?: AccountLike
}

/** To whom a grant is. */
export type Grantee =
  | { readonly kind: 'account'; readonly account: Hex }
  | { readonly kind: 'organisation'; readonly organisation: number }
  | { readonly kind: 'anyone' }

/** A grant as it stands on chain. */
export interface StandingGrant {
  /** Its number. */
  readonly grant: number
  readonly effect: 'permit' | 'deny'
  readonly to: Grantee
  readonly purposes: readonly Purpose[]
  /** Whether it is over every data class. */
  readonly everything: boolean
  /** The data classes; `undefined` for a grant of somebody else’s, for only the patient knows. */
  readonly classes: readonly DataClass[] | undefined
  readonly confidentiality: Confidentiality
  readonly from: Date
  readonly until: Date
  /** Whether its time is over. */
  readonly ended: boolean
  /** Whether the grantee may pass it on. */
  readonly delegable: boolean
  /** Who passed it on; nothing where the patient gave it. */
  readonly passedOnBy: Hex | null
  /** What it says, in one English sentence. */
  readonly sentence: string
}

/** Grants, and where they come from. */
export interface Grants {
  readonly grants: readonly StandingGrant[]
  /** Why none of them counts: the role of their holder. Nothing where they do. */
  readonly problem: string | undefined
  readonly source: ListSource
}

interface Written {
  grants: (Omit<StandingGrant, 'from' | 'until' | 'classes'> & { from: number; until: number; classes: DataClass[] | null })[]
  problem?: string | null
  source: WrittenSource
}

/**
 * Lists grants. Those that a patient gave are found in the contracts’ events, those that somebody holds are asked of the
 * contract; each is as it stands there now.
 *
 * @throws `limit`, `chain-unavailable`, `argument`, `aborted`
 */
export async function grants(aegle: Aegle, parameters: GrantsParameters): Promise<Grants> {
  const { of, patient, ...options } = parameters
  const written = await run(aegle, undefined, options, (host) => {
    if (patient !== undefined) {
      return accountOf(of).key.held(aegle.deployment, host, accountId('the patient', patient))
    }
    if ('role' in of && of.role === 'patient') return of.keys.grants(aegle.deployment, host)
    throw new AegleError('argument', 'whose grants are listed? give `patient`, or list those of a patient')
  })
  const listed = JSON.parse(written) as Written
  const shown = listed.grants.map((grant) => ({
    ...grant,
    classes: grant.classes ?? undefined,
    from: new Date(grant.from),
    until: new Date(grant.until),
  }))
  return { grants: shown, problem: listed.problem ?? undefined, source: source(listed.source) }
}
