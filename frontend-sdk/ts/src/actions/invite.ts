import { accountOf, type Actor } from '../actor.ts'
import { type AccountLike, accountId, type Hex } from '../bytes.ts'
import { AegleError } from '../error.ts'
import { whole } from '../numbers.ts'
import { type ActionOptions, type Aegle, local, run } from '../session.ts'

/** Milliseconds of a day, and how many days an invitation counts where nothing else is said. */
const DAY_MS = 24 * 3_600_000
const DAYS = 7
/** The most days that an invitation counts. */
const MAX_DAYS = 30

/** Who is invited to be paid for. */
export interface InviteParameters extends ActionOptions {
  /** An admin of the organisation that is going to vouch. */
  readonly by: Actor
  /** The account of who comes. */
  readonly patient: AccountLike
  /** The address of the indexer that is to pay: that of `connect`, unless it says otherwise. It must stand in the address book. */
  readonly indexer?: string
  /** For how many days it counts, 30 at most: 7, unless it says otherwise. */
  readonly days?: number
}

/** What an organisation’s admin has signed so that a relayer pays for a patient before the organisation vouches for them. */
export interface Invitation {
  /** The line to hand over: hexadecimal digits after `0x`. {@link register} and {@link nameOrganisation} take it. */
  readonly invitation: Hex
  readonly patient: Hex
  /** The number of the organisation that invites, which the patient has to name. */
  readonly organisation: number
  /** The account of the indexer that is to pay. */
  readonly server: Hex
  /** When it counts no more. */
  readonly expires: Date
}

/**
 * Writes an invitation for a patient for whom nobody vouches yet: the indexer then pays for registering with the admin’s
 * organisation, and for naming it. It counts for that patient alone, at that indexer alone. Nothing is sent, and it costs nothing.
 *
 * @throws `no-role` when the account is no admin now, `unknown-server`, `signature-rejected`, `signature-wrong`, `argument`,
 * `chain-unavailable`, `aborted`
 */
export async function invite(aegle: Aegle, parameters: InviteParameters): Promise<Invitation> {
  const { by, patient, indexer, days = DAYS, ...options } = parameters
  const account = accountOf(by)
  if (whole('the number of days', days, MAX_DAYS) === 0) throw new AegleError('argument', `an invitation counts for 1 to ${MAX_DAYS} days, not 0`)
  const server = (indexer === undefined ? aegle.indexer : aegle.server(indexer)).account
  const invited = JSON.stringify({ server, patient: accountId('the patient', patient), lasts: days * DAY_MS })
  return read(await run(aegle, account, options, (host) => account.key.invite(aegle.deployment, host, invited)))
}

/** What is read of an invitation, and for whom. */
export interface ReadInvitationParameters {
  /** The line, as it was handed over. */
  readonly invitation: string
  /** The account that it has to be for. */
  readonly patient: AccountLike
}

/**
 * Reads an invitation to the indexer of the connection, and refuses one that does not count there, for that patient, now. Whether
 * who has signed it is an admin, the indexer asks the chain.
 *
 * @throws `argument`: `details.reason` is `unreadable`, `other-consortium`, `other-server`, `other-patient`, `expired`,
 * `too-far-ahead` or `signature`
 */
export function readInvitation(aegle: Aegle, { invitation, patient }: ReadInvitationParameters): Invitation {
  const id = accountId('the patient', patient)
  return read(local(() => aegle.deployment.readInvitation(invitation, id, Date.now())))
}

function read(written: string): Invitation {
  const { expires, ...others } = JSON.parse(written) as Omit<Invitation, 'expires'> & { expires: number }
  return { ...others, expires: new Date(expires) }
}
