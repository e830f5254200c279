import type { CountAnswer } from '@aegle/sdk'

/** The conditions of DUO that a researcher can say to meet, by their codes. */
export const CONDITIONS = ['IRB', 'NPUNCU', 'NPU', 'NCU', 'PUB', 'COL', 'RTN', 'GSO', 'RS', 'NMDS', 'GS', 'MOR', 'TS', 'US', 'PS', 'IS', 'CC'] as const
/** Fewest patients that are told as a number. */
export const FEWEST = 11
/** How often a number is farther from the truth than its error bar. */
const MISSES = 0.05

/** What one number of an answer took from the budget, in thousandths of epsilon. */
function costOf({ spent, groups }: CountAnswer): number {
  return spent / (1 + groups.length)
}

/**
 * How far the truth may be from a number, in patients: in 19 of 20 answers it is no farther. The noise of a number that costs
 * epsilon is that of Laplace, of which more than `k` remains with probability `exp(-epsilon * k)`.
 */
export function errorBar(answer: CountAnswer): number {
  return Math.ceil((Math.log(1 / MISSES) * 1_000) / costOf(answer))
}

/** How many more numbers the budget of today has. */
export function questionsLeft(answer: CountAnswer): number {
  return Math.floor(answer.left / costOf(answer))
}
