import type { DisclosureEntry, Hex, Purpose } from '@aegle/sdk'
import { glassesOf, isOpen } from '../chain/glasses.ts'
import { isPassedOn, numberOf, purposesOf } from '../chain/grants.ts'
import type { Told } from '../chain/history.ts'

/** Entries of one person with pauses shorter than this are one act. */
const ACT_PAUSE_MS = 30 * 60_000

/** Whether the chain bears an entry out, and if not, why. */
export type Proof = 'own' | 'granted' | 'emergency' | 'no-grant' | 'revoked-before' | 'other-purpose'

/** An entry of the log, and what the chain says of it. */
export interface Proved {
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

/** Whether an entry is one that the chain does not bear out. */
export function isDoubtful({ proof }: Proved): boolean {
  return proof !== 'own' && proof !== 'granted' && proof !== 'emergency'
}

/**
 * Compares an entry with what the chain told before its block: a patient’s own needs no grant, and any other one needs
 * the grant that it names, given to its reader for its purpose, in force at its time and not ended. In an emergency it needs one of its reader’s
 * that was open then.
 */
export function prove(entry: DisclosureEntry, patient: Hex, told: readonly Told[], organisations: ReadonlyMap<string, number>): Proof {
  const { requester, grant, block, purpose } = entry.disclosure
  if (requester === patient) return 'own'
  if (purposesOf(purpose).includes('BTG') && (grant ?? undefined) === undefined) {
    const theirs = glassesOf(told, patient, block.number).filter(({ clinician }) => clinician === requester)
    return theirs.some((glass) => isOpen(glass, new Date(entry.disclosure.at))) ? 'emergency' : 'no-grant'
  }
  const before = told.filter((event) => event.patient === patient && event.block <= block.number)
  const given = before.findLast((event) => (event.kind === 'granted' || event.kind === 'passed-on') && event.grant === grant)
  if (!given || !('grantee' in given)) return 'no-grant'
  const { grantee } = given
  const theirs =
    grantee === 'anyone' ||
    ('account' in grantee ? grantee.account === requester : organisations.get(requester) === grantee.organisation)
  if (!theirs || !given.permits) return 'no-grant'
  const at = new Date(entry.disclosure.at)
  if (at < given.from || at >= given.until) return 'no-grant'
  if ((given.purposes & purpose) === 0) return 'other-purpose'
  const since = before.filter((event) => event.block > given.block && event.block < block.number)
  return since.some((event) => ends(event, given.grant)) ? 'revoked-before' : 'granted'
}

/** Whether an event ends a grant of its patient. */
function ends(event: Told, grant: number): boolean {
  if (event.kind === 'revoked') return event.grant === grant
  if (event.kind !== 'all-revoked') return false
  return isPassedOn(grant) ? numberOf(grant) <= event.lastPassedOn : grant <= event.lastGranted
}

/** Folds entries, in rising order, into acts, the last one first. */
export function actsOf(entries: readonly Proved[]): Act[] {
  const groups: Proved[][] = []
  const open = new Map<string, Proved[]>()
  for (const proved of entries) {
    const { requester, purpose, grant, at } = proved.entry.disclosure
    const key = `${requester} ${purpose} ${grant ?? ''} ${isDoubtful(proved)}`
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
