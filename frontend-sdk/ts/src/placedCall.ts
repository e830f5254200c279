import { QueryableStorage } from 'dedot'
import { type Hex, toBytes } from './bytes.ts'
import type { Chain } from './chain.ts'
import { accountOf, type EventRecord, SYSTEM_EVENTS } from './emitted.ts'
import { type DispatchError, type Included, included } from './outcome.ts'

/** The call of a contract in a block, and what came of it. */
export interface PlacedCall {
  contract: Hex
  data: Hex
  included: Included
}

/** What reads the call at a place of a finalized block. It brings a decoder along, so that who has nothing relayed loads none. */
export type CallAt = typeof callAt

/** An event with the transaction by which it happened, as dedot decodes it. */
type PhasedEvent = EventRecord & { phase: { type: string; value?: number } }

/** A call of the runtime, as dedot decodes it. */
interface RuntimeCall {
  pallet: string
  palletCall: { name: string; params?: { dest?: { type: string; value: unknown }; data?: unknown } } | string
}

/**
 * Reads the transaction at a place of a finalized block, where it is signed and calls a contract; nothing where there is none, or
 * it does something else. What it cost is counted for `account`.
 */
export async function callAt(chain: Chain, hash: Hex, place: number, account: Hex): Promise<PlacedCall | undefined> {
  const { rpc, registry } = chain.client
  const [found, raw] = await Promise.all([rpc.chain_getBlock(hash), rpc.state_getStorage(SYSTEM_EVENTS, hash)])
  const block = found?.block
  const encoded = block?.extrinsics[place] as Hex | undefined
  if (!block || !encoded || !raw) return undefined
  const extrinsic = registry.$Extrinsic.tryDecode(encoded)
  const { pallet, palletCall } = extrinsic.call as RuntimeCall
  if (extrinsic.signature === undefined || pallet !== 'Contracts' || typeof palletCall === 'string' || palletCall.name !== 'Call') return undefined
  const { dest, data } = palletCall.params ?? {}
  const contract = dest?.type === 'Id' ? accountOf(dest.value) : undefined
  if (contract === undefined || typeof data !== 'string') return undefined
  const records = new QueryableStorage(registry, 'System', 'Events').decodeValue(raw as Hex) as PhasedEvent[]
  const events = records.filter(({ phase }) => phase.type === 'ApplyExtrinsic' && phase.value === place)
  const ended = (name: string) => events.find(({ event }) => event.pallet === 'System' && event.palletEvent.name === name)
  const failure = ended('ExtrinsicFailed')
  // A block says of each of its transactions how it ended.
  if (!failure && !ended('ExtrinsicSuccess')) return undefined
  const error = failure?.event.palletEvent.data['dispatchError'] as DispatchError | undefined
  const sent = {
    transaction: registry.hashAsHex(encoded),
    bytes: toBytes(encoded).length,
    account,
    blockHash: hash,
    blockNumber: block.header.number,
  }
  return { contract, data: data as Hex, included: included(chain, events, error, sent) }
}
