import { accountId, type Aegle, type Hex, type RoleName } from '@aegle/sdk'
import { asked } from '../chain/ask.ts'
import { contractsOf } from '../chain/contracts.ts'
import { roleBits } from '../chain/roles.ts'

/** Most people who are appointed at once. */
export const MAX_LINES = 100
/** How many questions to the contract are under way at the same time. */
const PARALLEL = 8

/** What is wrong with a line: it has no code, one that stands above already, or one that the contract refuses. */
export type LineFault = 'code' | 'twice' | 'refused' | 'failed'

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
  readonly roles: readonly RoleName[]
  readonly until: Date
}

/**
 * Asks the contract about each line by itself whether it would take it: all accounts of one call are appointed, or none, so that
 * one that is refused would keep the others from their roles.
 *
 * @throws `chain-unavailable`
 */
export async function tryLines(aegle: Aegle, { lines, faults }: ReadList, appointment: Appointment): Promise<ReadList> {
  const { admin, roles, until } = appointment
  const { consortium } = contractsOf(aegle)
  const good: Line[] = []
  const refused: FaultyLine[] = []
  for (let first = 0; first < lines.length; first += PARALLEL) {
    const part = lines.slice(first, first + PARALLEL)
    const answers = await Promise.all(
      part.map(({ account }) => asked(consortium.query.appoint([account], roleBits(roles), BigInt(until.getTime()), { caller: admin }))),
    )
    part.forEach((one, index) => {
      const answer = answers[index]?.data
      if (answer?.isOk) good.push(one)
      else refused.push({ line: one.line, text: one.account, fault: 'refused', reason: answer?.isErr ? answer.err.type : '' })
    })
  }
  return { lines: good, faults: [...faults, ...refused].sort((one, other) => one.line - other.line) }
}
