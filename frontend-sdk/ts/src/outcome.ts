import { type Hex, toBytes } from './bytes.ts'
import { accountOf, type EmittedEvent, emittedEvent, type EventRecord } from './emitted.ts'

/** Who knows what the runtime calls its errors. */
interface ErrorNames {
  errorName(pallet: number, error: number): string | undefined
}

/** What became of a transaction, as the core reads it. */
export type Outcome =
  | { included: Included }
  | { 'not-included': { reason: string } }
  | { 'nonce-taken': { attempts: number } }
  | { unwatched: { transaction: string; reason: string } }
  | { 'not-finalized': { transaction: string; seconds: number } }

/** A transaction in a finalized block, where it may have failed. */
export interface Included {
  block: number
  blockHash: string
  transaction: string
  bytes: number
  fee: string
  deposit: string
  events: EmittedEvent[]
  failed: string | null
}

/** Why the runtime refused, as dedot decodes it. */
export interface DispatchError {
  type: string
  value?: { index: number; error: string }
}

/** What a transaction is known by, and for whom it is counted what it cost. */
export interface SentTransaction {
  readonly transaction: string
  readonly bytes: number
  readonly account: Hex
  readonly blockHash: string
  readonly blockNumber: number
}

/** What a transaction in a finalized block did, and cost an account. */
export function included(chain: ErrorNames, events: EventRecord[], error: DispatchError | undefined, sent: SentTransaction): Included {
  let fee = 0n
  let deposit = 0n
  const emitted: EmittedEvent[] = []
  const is = (value: unknown) => accountOf(value) === sent.account
  events.forEach((record, index) => {
    const { pallet, palletEvent } = record.event
    const { name, data } = palletEvent
    switch (`${pallet}.${name}`) {
      case 'TransactionPayment.TransactionFeePaid':
        if (is(data['who'])) fee += data['actualFee'] as bigint
        break
      case 'Contracts.StorageDepositTransferredAndHeld':
        if (is(data['from'])) deposit += data['amount'] as bigint
        break
      case 'Contracts.StorageDepositTransferredAndReleased':
        if (is(data['to'])) deposit -= data['amount'] as bigint
    }
    const event = emittedEvent(record, index)
    if (event) emitted.push(event)
  })
  return {
    block: sent.blockNumber,
    blockHash: sent.blockHash,
    transaction: sent.transaction,
    bytes: sent.bytes,
    fee: fee.toString(),
    deposit: deposit.toString(),
    events: emitted,
    failed: error ? failed(chain, error) : null,
  }
}

function failed(chain: ErrorNames, error: DispatchError): string {
  if (error.type !== 'Module' || !error.value) return JSON.stringify(error)
  return chain.errorName(error.value.index, toBytes(error.value.error as Hex)[0] ?? 0) ?? JSON.stringify(error)
}
