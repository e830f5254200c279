import type { Hex } from './bytes.ts'

/** What a transaction that succeeded cost, and where it is. */
export interface Receipt {
  /** Number of the finalized block that has it. */
  readonly block: number
  readonly blockHash: Hex
  readonly transaction: Hex
  /** Length of the signed transaction. */
  readonly bytes: number
  /** The fee, in the chain’s smallest unit. */
  readonly fee: bigint
  /** What the sender now has on deposit for storage beyond before; below 0 when some came back. */
  readonly deposit: bigint
}

/** A receipt as the core writes it: amounts as text, since they do not fit numbers of JSON. */
export type WrittenReceipt = Omit<Receipt, 'fee' | 'deposit'> & { fee: string; deposit: string }

export function receipt(written: WrittenReceipt): Receipt {
  return { ...written, fee: BigInt(written.fee), deposit: BigInt(written.deposit) }
}
