import type { Voted } from './actions/vote.ts'
import { AegleError } from './error.ts'
import { receipt, type WrittenReceipt } from './receipt.ts'

/** Reads what came of a vote; of one that counts though nothing followed, the error has the receipts. */
export async function readVoted(voting: Promise<string>): Promise<Voted> {
  const written = await voting.catch((error: unknown) => {
    if (!(error instanceof AegleError) || error.code !== 'not-carried-out') throw error
    const receipts = error.details['receipts'] as readonly WrittenReceipt[]
    throw error.with({ receipts: receipts.map(receipt) })
  })
  const voted = JSON.parse(written) as Omit<Voted, 'receipts'> & { receipts: WrittenReceipt[] }
  return { ...voted, receipts: voted.receipts.map(receipt) }
}
