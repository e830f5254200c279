import { AegleError, type Hex, ss58 } from '@aegle/sdk'
import type { Chart } from '../records/chart.ts'

/** The two ends of an account, by which people tell codes apart. */
export function shortCode(account: Hex): string {
  const code = ss58(account)
  return `${code.slice(0, 6)}…${code.slice(-6)}`
}

/**
 * The name of a patient, from their own records: no server knows it. Nothing where the reader may not see it.
 *
 * @throws what search and opening throw, but for what the reader may not see
 */
export async function nameFrom(chart: Chart): Promise<string | undefined> {
  try {
    const { hits } = await chart.search('type:Patient')
    const [newest] = hits
    return newest && (await chart.show(newest.record)).card?.title
  } catch (error) {
    if (error instanceof AegleError && ['denied', 'no-keys', 'nothing-to-show'].includes(error.code)) return undefined
    throw error
  }
}
