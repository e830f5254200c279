// Events as a node gives them: what contracts have told.

import type { Hex } from './bytes.ts'

/** `System.Events` in storage. */
export const SYSTEM_EVENTS = '0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7'

/** An event of a contract, as the core reads it. */
export interface EmittedEvent {
  index: number
  contract: string
  topic: string | null
  data: string
}

/** An event of the runtime, as dedot decodes it. */
export interface EventRecord {
  event: { pallet: string; palletEvent: { name: string; data: Record<string, unknown> } }
  topics: string[]
}

/** An account in an event: hexadecimal, or dedot’s object with its bytes. */
export function accountOf(value: unknown): Hex | undefined {
  const account = value as { raw?: Hex } | null
  return typeof value === 'string' ? (value as Hex) : account?.raw
}

/** The event of a contract that an event of the runtime is, if it is one. */
export function emittedEvent({ event, topics }: EventRecord, index: number): EmittedEvent | undefined {
  const { name, data } = event.palletEvent
  if (event.pallet !== 'Contracts' || name !== 'ContractEmitted') return undefined
  return { index, contract: accountOf(data['contract']) ?? '', topic: topics[0] ?? null, data: String(data['data']) }
}

/** A time in storage: milliseconds in 8 bytes, the lowest first. */
export function millis(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true))
}
