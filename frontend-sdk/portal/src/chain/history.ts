import { type Aegle, AegleError, type Hex } from '@aegle/sdk'
import { asked } from './ask.ts'
import { type Contracts, contractsOf } from './contracts.ts'

/** Most blocks that are read: with six seconds a block, more than four days. Longer lists are an indexer’s business. */
export const MAX_HISTORY_BLOCKS = 65_536
/** How many blocks are asked for at a time. */
const PARALLEL_BLOCKS = 24
/** `System.Events` and `Timestamp.Now` in storage. */
const SYSTEM_EVENTS = '0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7'
const TIMESTAMP_NOW = '0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb'

type EventRecords = Parameters<Contracts['consent']['decodeEvents']>[0]

/** To whom something was given: an account, an organisation by its number, or everybody whose role fits. */
export type Grantee = { readonly account: Hex } | { readonly organisation: number } | 'anyone'

/** What the consent contract told of grants and emergencies, and when. */
export type Told = { readonly block: number; readonly at: Date; readonly patient: Hex } & (
  | { readonly kind: 'granted' | 'passed-on'; readonly grant: number; readonly grantee: Grantee; readonly purposes: number; readonly permits: boolean; readonly from: Date; readonly until: Date }
  | { readonly kind: 'revoked'; readonly grant: number }
  | { readonly kind: 'all-revoked'; readonly lastGranted: number; readonly lastPassedOn: number }
  | { readonly kind: 'glass-broken'; readonly clinician: Hex; readonly openedAt: Date; readonly until: Date; readonly reason: number; readonly reviewBy: Date }
  | { readonly kind: 'glass-closed'; readonly clinician: Hex; readonly openedAt: Date }
  | { readonly kind: 'glass-reviewed'; readonly clinician: Hex; readonly openedAt: Date; readonly justified: boolean }
)

/**
 * The events of the consent contract. The contract answers about one grant and lists none: which there are follows from
 * what it told since it came to be. Blocks are read once, and kept for as long as the connection.
 */
export class History {
  readonly #aegle: Aegle
  readonly #told: Told[] = []
  #next: number
  #reading: Promise<readonly Told[]> | undefined

  constructor(aegle: Aegle, firstBlock: number) {
    this.#aegle = aegle
    this.#next = firstBlock
  }

  /**
   * Reads what is new up to the last finalized block, and returns all. Nothing is returned that leaves out a block.
   *
   * @throws `chain-unavailable`, `limit` when there are too many blocks
   */
  async read(): Promise<readonly Told[]> {
    this.#reading ??= this.#readOn().finally(() => (this.#reading = undefined))
    return await this.#reading
  }

  async #readOn(): Promise<readonly Told[]> {
    const { number: last } = await asked(this.#aegle.chain.finalized())
    const blocks = last - this.#next + 1
    if (blocks > MAX_HISTORY_BLOCKS) {
      throw new AegleError('limit', `${blocks} blocks would have to be read, more than ${MAX_HISTORY_BLOCKS}`)
    }
    while (this.#next <= last) {
      const count = Math.min(PARALLEL_BLOCKS, last - this.#next + 1)
      const numbers = Array.from({ length: count }, (_, index) => this.#next + index)
      const told = await Promise.all(numbers.map((number) => this.#block(number)))
      this.#told.push(...told.flat())
      this.#next += count
    }
    return this.#told
  }

  async #block(number: number): Promise<Told[]> {
    const { client } = this.#aegle.chain
    const hash = await asked(client.rpc.chain_getBlockHash(number) as Promise<Hex | undefined>)
    if (!hash) throw new AegleError('chain-unavailable', `the node does not have block ${number}`)
    const events = await asked(client.rpc.state_getStorage(SYSTEM_EVENTS, hash) as Promise<Hex | undefined>)
    const { consent } = contractsOf(this.#aegle)
    // Most blocks have nothing of the contract, and need not be decoded.
    if (!events?.includes(this.#aegle.contracts.consent.slice(2))) return []
    const time = await asked(client.rpc.state_getStorage(TIMESTAMP_NOW, hash) as Promise<Hex | undefined>)
    const at = { block: number, at: moment(time) }
    return consent.decodeEvents(this.#records(events)).flatMap((event): Told[] => {
      const { events: of } = consent
      if (of.Granted.is(event)) return [{ ...at, kind: 'granted', ...given(event.data) }]
      if (of.Delegated.is(event)) return [{ ...at, kind: 'passed-on', ...given(event.data) }]
      if (of.Revoked.is(event)) return [{ ...at, kind: 'revoked', patient: event.data.patient.raw, grant: event.data.id }]
      if (of.AllRevoked.is(event)) {
        const { patient, granted, delegated } = event.data
        return [{ ...at, kind: 'all-revoked', patient: patient.raw, lastGranted: granted, lastPassedOn: delegated }]
      }
      if (of.GlassBroken.is(event)) {
        const { glass, reviewBy } = event.data
        const times = { openedAt: millis(glass.openedAt), until: millis(glass.until), reviewBy: millis(reviewBy) }
        return [{ ...at, kind: 'glass-broken', ...between(event.data), reason: glass.reason, ...times }]
      }
      if (of.GlassClosed.is(event)) {
        return [{ ...at, kind: 'glass-closed', ...between(event.data), openedAt: millis(event.data.openedAt) }]
      }
      if (of.GlassReviewed.is(event)) {
        const { openedAt, verdict } = event.data
        return [{ ...at, kind: 'glass-reviewed', ...between(event.data), openedAt: millis(openedAt), justified: verdict === 'Justified' }]
      }
      return []
    })
  }

  #records(events: Hex): EventRecords {
    const { registry } = this.#aegle.chain.client
    const system = registry.metadata.pallets.find(({ name }) => name === 'System')
    const entry = system?.storage?.entries.find(({ name }) => name === 'Events')
    if (!entry) throw new AegleError('other-contract', 'the chain has no events')
    return registry.findCodec(entry.storageType.value.valueTypeId).tryDecode(events) as EventRecords
  }
}

function given(event: {
  patient: { raw: Hex }
  id: number
  terms: { grantee: Parameters<typeof granteeOf>[0]; purposes: number; effect: string; from: bigint; until: bigint }
}) {
  const { patient, id, terms } = event
  return {
    patient: patient.raw,
    grant: id,
    grantee: granteeOf(terms.grantee),
    purposes: terms.purposes,
    permits: terms.effect === 'Permit',
    from: millis(terms.from),
    until: millis(terms.until),
  }
}

const millis = (moment: bigint) => new Date(Number(moment))

/** Whose records somebody opened in an emergency. */
function between({ patient, clinician }: { patient: { raw: Hex }; clinician: { raw: Hex } }) {
  return { patient: patient.raw, clinician: clinician.raw }
}

/** A grantee as the contract has it. */
export function granteeOf(
  grantee: { type: 'Account'; value: { raw: Hex } } | { type: 'Organisation'; value: number } | { type: 'Anyone' },
): Grantee {
  if (grantee.type === 'Account') return { account: grantee.value.raw }
  return grantee.type === 'Organisation' ? { organisation: grantee.value } : 'anyone'
}

function moment(bytes: Hex | undefined): Date {
  if (!bytes) return new Date(0)
  // A number of eight bytes, the lowest first.
  const digits = bytes.slice(2).match(/../g) ?? []
  return new Date(Number(BigInt(`0x${digits.reverse().join('')}`)))
}
