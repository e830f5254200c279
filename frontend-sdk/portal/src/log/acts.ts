import type { DisclosureEntry, Hex, Purpose } from '@aegle/sdk'
import { glassesOf, isOpen } from '../chain/glasses.ts'
import { isPassedOn, numberOf, purposesOf } from '../chain/grants.ts'
import type { Told } from '../chain/history.ts'
import { type Background, givenBefore } from './background.ts'

/** Entries of one person with pauses shorter than this are one act. */
const ACT_PAUSE_MS = 30 * 60_000

/** How many blocks an entry may be older than one before it: of two that are decided at the same time, either may be written first. */
const MAX_LATE_BLOCKS = 10

/** Most grants that what was passed on may come from, one after another: more than the contract lets. */
const MAX_LINKS = 16

/** Whether the chain bears an entry out, and if not, why. */
export type Proof =
  | 'own'
  | 'granted'
  | 'emergency'
  | 'guardian'
  | 'law'
  | 'unknown'
  | 'no-grant'
  | 'revoked-before'
  | 'other-purpose'
  | 'other-block'
  | 'out-of-order'

/** What the chain bears out. */
const BORNE_OUT: readonly Proof[] = ['own', 'granted', 'emergency', 'guardian', 'law']

/** An entry of the log of a server, and what the chain says of it. */
export interface Proved {
  readonly server: Hex
  readonly entry: DisclosureEntry
  readonly proof: Proof
}

/** What a person did in one go: a line of the log. */
export interface Act {
  readonly requester: Hex
  readonly purpose: Purpose | undefined
  readonly grant: number | undefined
  readonly from: Date
  readonly until: Date
  /** The records that they opened, each once. */
  readonly records: readonly string[]
  readonly entries: readonly Proved[]
}

/** Whether an entry is one that the chain contradicts. */
export function isDoubtful({ proof }: Pick<Proved, 'proof'>): boolean {
  return !BORNE_OUT.includes(proof) && proof !== 'unknown'
}

/** Whether an entry is one of which the chain could not be asked. */
export function isUnknown({ proof }: Pick<Proved, 'proof'>): boolean {
  return proof === 'unknown'
}

/**
 * Compares an entry with the chain: its block must be there, and what the chain told before it must allow it. A patient’s own
 * needs no grant, and any other one needs the grant that it names, given to its reader, or to an organisation that they worked for
 * then, for its purpose, in force at its time and not ended. In an emergency it needs one of its reader’s that was open then.
 * Without a grant, its reader may be a guardian, or let in by law. Where the chain cannot be asked, that is what is said.
 */
export function prove(entry: DisclosureEntry, patient: Hex, told: readonly Told[], background: Background): Proof {
  const { requester, grant, block, purpose } = entry.disclosure
  if (background.blockHash !== undefined && background.blockHash !== block.hash) return 'other-block'
  if (requester === patient) return 'own'
  if (background.blockHash === undefined) return 'unknown'
  if ((grant ?? undefined) === undefined) return withoutGrant(entry, patient, told, background)
  const given = givenBefore(entry.disclosure, patient, told)
  if (!given?.permits) return 'no-grant'
  const { grantee } = given
  if (grantee !== 'anyone' && 'account' in grantee && grantee.account !== requester) return 'no-grant'
  if (background.organisations === undefined) return 'unknown'
  if (background.organisations.length === 0) return 'no-grant'
  if (grantee !== 'anyone' && 'organisation' in grantee && !background.organisations.includes(grantee.organisation)) return 'no-grant'
  const at = new Date(entry.disclosure.at)
  if (at < given.from || at >= given.until) return 'no-grant'
  if ((given.purposes & purpose) === 0) return 'other-purpose'
  return isEnded(given, entry.disclosure, patient, told) ? 'revoked-before' : 'granted'
}

type Given = NonNullable<ReturnType<typeof givenBefore>>

/** Whether a grant was ended before an entry, or, of what was passed on, one that it comes from, which may have run out too. */
function isEnded(given: Given, { block, at }: DisclosureEntry['disclosure'], patient: Hex, told: readonly Told[]): boolean {
  const theirs = told.filter((event) => event.patient === patient)
  for (let [one, links]: [Given | undefined, number] = [given, 0]; ; links += 1) {
    // Whatever it is said to come from must be there, and end somewhere.
    if (!one || links > MAX_LINKS) return true
    const { block: from, grant, kind, parent, until } = one
    const since = theirs.filter((event) => event.block > from && event.block < block.number)
    if (since.some((event) => ends(event, grant)) || new Date(at) >= until) return true
    if (kind === 'granted') return false
    one = theirs.findLast((event): event is Given => 'grantee' in event && event.block <= from && event.grant === parent)
  }
}

/** What lets somebody in whom the patient gave nothing: an emergency, guardianship, or the law. */
function withoutGrant({ disclosure }: DisclosureEntry, patient: Hex, told: readonly Told[], background: Background): Proof {
  const { guardian, organisations } = background
  if (purposesOf(disclosure.purpose).includes('BTG')) {
    // What the contract says of that block counts more than what was told, some of which a server may have left out.
    const theirs = glassesOf(told, patient, disclosure.block.number).filter(({ clinician }) => clinician === disclosure.requester)
    const emergency = background.emergency ?? theirs.some((glass) => isOpen(glass, new Date(disclosure.at)))
    if (!emergency || organisations?.length === 0) return 'no-grant'
    return organisations === undefined ? 'unknown' : 'emergency'
  }
  if (guardian) return 'guardian'
  // By law somebody with a role that fits may find, and not open, and only where the patient has never said anything about it.
  const bySilence = disclosure.kind !== 'transform' && !hasSpoken(disclosure, patient, told) && organisations?.length !== 0
  const law = bySilence && (background.law && organisations === undefined ? undefined : background.law)
  if (law) return 'law'
  return guardian === undefined || law === undefined ? 'unknown' : 'no-grant'
}

/** Whether the patient had said anything to everybody about the purpose of an entry by its block. */
function hasSpoken({ block, purpose }: DisclosureEntry['disclosure'], patient: Hex, told: readonly Told[]): boolean {
  const before = told.filter((event) => event.patient === patient && event.block <= block.number)
  return before.some((event) => {
    if (event.kind === 'all-revoked') return true
    if (event.kind !== 'granted' || event.grantee !== 'anyone') return false
    const named = purposesOf(event.purposes)
    // A denial of treatment is one of emergency treatment, too.
    return purposesOf(purpose).some((name) => named.includes(name) || (!event.permits && name === 'ETREAT' && named.includes('TREAT')))
  })
}

/**
 * Compares the entries of one server’s log with the chain. Its blocks must rise: what was written later was seen later, but for
 * what was decided at the same time. What is of a block after the last one of which the chain has told is not known yet.
 */
export function proveLog(
  server: Hex,
  entries: readonly DisclosureEntry[],
  patient: Hex,
  { told, through }: { readonly told: readonly Told[]; readonly through: number },
  found: readonly Background[],
): Proved[] {
  let highest = 0
  return entries.map((entry, index) => {
    const { number } = entry.disclosure.block
    const isLate = number + MAX_LATE_BLOCKS < highest
    highest = Math.max(highest, number)
    const background = number > through ? undefined : found[index]
    const proof = prove(entry, patient, told, background ?? { blockHash: undefined })
    return { server, entry, proof: isLate && proof !== 'other-block' ? 'out-of-order' : proof }
  })
}

/** Whether an event ends a grant of its patient. */
function ends(event: Told, grant: number): boolean {
  if (event.kind === 'revoked') return event.grant === grant
  if (event.kind !== 'all-revoked') return false
  return isPassedOn(grant) ? numberOf(grant) <= event.lastPassedOn : grant <= event.lastGranted
}

/** Folds the entries of all servers into acts, the last one first. */
export function actsOf(all: readonly Proved[]): Act[] {
  const entries = all.toSorted((one, other) => one.entry.disclosure.at - other.entry.disclosure.at)
  const groups: Proved[][] = []
  const open = new Map<string, Proved[]>()
  for (const proved of entries) {
    const { requester, purpose, grant, at } = proved.entry.disclosure
    const key = `${requester} ${purpose} ${grant ?? ''} ${isDoubtful(proved)} ${isUnknown(proved)}`
    const last = open.get(key)
    const recent = last?.at(-1)
    if (last && recent && at - recent.entry.disclosure.at < ACT_PAUSE_MS) last.push(proved)
    else {
      const group = [proved]
      groups.push(group)
      open.set(key, group)
    }
  }
  const acts = groups.flatMap((group): Act[] => {
    const [first, last] = [group[0]?.entry.disclosure, group.at(-1)?.entry.disclosure]
    if (!first || !last) return []
    return [
      {
        requester: first.requester as Hex,
        purpose: purposesOf(first.purpose)[0],
        grant: first.grant ?? undefined,
        from: new Date(first.at),
        until: new Date(last.at),
        records: [...new Set(group.map(({ entry }) => entry.disclosure.record))],
        entries: group,
      },
    ]
  })
  return acts.sort((one, other) => other.until.getTime() - one.until.getTime())
}
