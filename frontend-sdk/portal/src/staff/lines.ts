import { accountId, type Aegle, type Hex, type RoleName } from '@aegle/sdk'
import { isUncertain } from '../errors.ts'
import { asked } from '../chain/ask.ts'
import { contractsOf } from '../chain/contracts.ts'
import { type Role, roleBits, rolesOf } from '../chain/roles.ts'

/** Most people who are appointed at once. */
export const MAX_LINES = 100
/** How many questions to the contract are under way at the same time. */
const PARALLEL = 8

/**
 * What is wrong with a line: it has no code, one that stands above already, one that the contract refuses, one that was not come
 * to, or one of which it is not known whether it was done.
 */
export type LineFault = 'code' | 'twice' | 'refused' | 'failed' | 'unknown'

/** Somebody of a list, by the line in which they stand. */
export interface Line {
  readonly line: number
  readonly account: Hex
}

/** A line of a list for which nothing is done. */
export interface FaultyLine {
  readonly line: number
  /** What stands there, or the account. */
  readonly text: string
  readonly fault: LineFault
  /** The contract’s own reason, where it refuses. */
  readonly reason?: string
}

/** A list as it was read: who is meant, and the lines that are of no use. */
export interface ReadList {
  readonly lines: readonly Line[]
  readonly faults: readonly FaultyLine[]
}

/** Somebody who may do less than before, since roles take the place of those that they have in the organisation. */
export interface Loss extends Line {
  readonly roles: readonly RoleName[]
}

/** A list that the contract was asked about. */
export interface TriedList extends ReadList {
  readonly losses: readonly Loss[]
}

/** Reads codes, one a line; of a table with commas, semicolons or tabs, what stands first. Empty lines are passed over. */
export function readLines(text: string): ReadList {
  const lines: Line[] = []
  const faults: FaultyLine[] = []
  text.split(/\r?\n/).forEach((whole, index) => {
    const [first = ''] = whole.split(/[,;\t]/)
    const code = first.trim().replace(/^"(.*)"$/, '$1')
    if (whole.trim() === '') return
    const line = index + 1
    try {
      const account = accountId('the code', code)
      if (lines.some((before) => before.account === account)) faults.push({ line, text: code, fault: 'twice' })
      else lines.push({ line, account })
    } catch {
      faults.push({ line, text: code, fault: 'code' })
    }
  })
  return { lines, faults }
}

/** What an admin is about to give. */
export interface Appointment {
  readonly admin: Hex
  /** The number of the admin’s organisation. */
  readonly organisation: number
  readonly roles: readonly RoleName[]
  readonly until: Date
}

/** Returns the roles that somebody has in an organisation, and has no more once they are given others. */
export function lost(before: readonly Role[], organisation: number, given: readonly RoleName[]): readonly RoleName[] {
  const here = before.filter((role) => role.organisation === organisation).flatMap(({ names }) => names)
  return here.filter((name) => !given.includes(name))
}

/** Returns the lines for which nothing was done, or for which that is not known, where the part from `stands` on has failed. */
export function leftBy(error: unknown, lines: readonly Line[], stands: number, part: number): FaultyLine[] {
  const underWay = isUncertain(error) ? stands + part : stands
  return lines.slice(stands).map(({ line, account }, index) => ({ line, text: account, fault: stands + index < underWay ? 'unknown' : 'failed' }))
}

/**
 * Asks the contract about each line by itself whether it would take it: all accounts of one call are appointed, or none, so that
 * one that is refused would keep the others from their roles. Names who would lose a role by it, too.
 *
 * @throws `chain-unavailable`
 */
export async function tryLines(aegle: Aegle, { lines, faults }: ReadList, appointment: Appointment): Promise<TriedList> {
  const { admin, organisation, roles, until } = appointment
  const { consortium } = contractsOf(aegle)
  const good: Line[] = []
  const refused: FaultyLine[] = []
  const losses: Loss[] = []
  for (let first = 0; first < lines.length; first += PARALLEL) {
    const part = lines.slice(first, first + PARALLEL)
    const answers = await Promise.all(
      part.map(({ account }) => asked(consortium.query.appoint([account], roleBits(roles), BigInt(until.getTime()), { caller: admin }))),
    )
    const before = await Promise.all(part.map(({ account }, index) => (answers[index]?.data.isOk ? rolesOf(aegle, account) : [])))
    part.forEach((one, index) => {
      const answer = answers[index]?.data
      const loses = lost(before[index] ?? [], organisation, roles)
      if (loses.length > 0) losses.push({ ...one, roles: loses })
      if (answer?.isOk) good.push(one)
      else refused.push({ line: one.line, text: one.account, fault: 'refused', reason: answer?.isErr ? answer.err.type : '' })
    })
  }
  return { lines: good, faults: [...faults, ...refused].sort((one, other) => one.line - other.line), losses }
}
