import type { Hex } from '../bytes.ts'
import { core } from '../core.ts'
import { type NewestSource, newestSource, type WrittenSource } from '../lists.ts'
import { whole } from '../numbers.ts'
import type { RoleName } from '../roles.ts'
import { type ActionOptions, type Aegle, type NewestBlocks, run } from '../session.ts'

/** What can be listed of an organisation. */
export type OrganisationList = 'people' | 'patients' | 'reviews'

/** Which organisation is listed. */
export interface OrganisationParameters extends ActionOptions, NewestBlocks {
  /** Its number. */
  readonly organisation: number
  /** What is listed of it: all three, unless it says otherwise. The others are empty, and nothing is asked about them. */
  readonly lists?: readonly OrganisationList[]
}

/** What somebody has, or is offered, in an organisation. */
export interface OrganisationMember {
  readonly account: Hex
  readonly roles: readonly RoleName[]
  /** When they end; the latest moment that a date can hold where they do not. */
  readonly until: Date
  /** Whether they have yet to accept it. */
  readonly offered: boolean
  /** Whether it counts now: it is no offer, has not ended, and the organisation is not suspended. */
  readonly counts: boolean
}

/** A patient who named an organisation, which does not vouch for them yet. */
export interface UnvouchedPatient {
  readonly patient: Hex
  readonly registeredAt: Date
}

/** An emergency that waits for its review. */
export interface UnreviewedGlass {
  readonly patient: Hex
  readonly clinician: Hex
  /** The clinician’s reason, as a code of the consortium’s list; nothing where no event tells it. */
  readonly reason: number | null
  readonly openedAt: Date
  /** When the review is overdue. */
  readonly reviewBy: Date
  /** Whether it is. */
  readonly overdue: boolean
}

/** What there is in an organisation to look after, and where that comes from. */
export interface Organisation {
  /** Its people, in the order in which they were first given or offered a role. */
  readonly people: readonly OrganisationMember[]
  /** Who waits for it to vouch for them, longest first. */
  readonly patients: readonly UnvouchedPatient[]
  /** What waits for review, soonest due first. */
  readonly reviews: readonly UnreviewedGlass[]
  readonly source: NewestSource
}

/** The latest moment that a date can hold. */
const LAST_MOMENT = 8_640_000_000_000_000

interface Written {
  people: (Omit<OrganisationMember, 'until'> & { until: number })[]
  patients: { patient: Hex; registeredAt: number }[]
  reviews: (Omit<UnreviewedGlass, 'openedAt' | 'reviewBy'> & { openedAt: number; reviewBy: number })[]
  source: WrittenSource
}

/**
 * Lists an organisation’s people, the patients who wait for it to vouch for them, and the emergencies of its clinicians that
 * wait for review: found in the contracts’ events, and as the contracts have them now.
 *
 * @throws `limit`, `chain-unavailable`, `argument`, `aborted`
 */
export async function organisation(aegle: Aegle, parameters: OrganisationParameters): Promise<Organisation> {
  const { organisation: number, lists = ['people', 'patients', 'reviews'], ...options } = parameters
  const asked = whole('the organisation', number)
  const written = await run(aegle, undefined, options, (host) =>
    core().organisation(aegle.deployment, host, asked, JSON.stringify(lists)),
  )
  const { people, patients, reviews, source: from } = JSON.parse(written) as Written
  return {
    people: people.map((member) => ({ ...member, until: new Date(Math.min(member.until, LAST_MOMENT)) })),
    patients: patients.map(({ patient, registeredAt }) => ({ patient, registeredAt: new Date(registeredAt) })),
    reviews: reviews.map((glass) => ({ ...glass, openedAt: new Date(glass.openedAt), reviewBy: new Date(glass.reviewBy) })),
    source: await newestSource(aegle, from),
  }
}
