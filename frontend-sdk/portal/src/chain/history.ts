import { type Account, type Aegle, AegleError, type Hex, watch } from '@aegle/sdk'
import { contractAt } from '@aegle/sdk/contracts'
import consentMetadata from '@aegle/sdk/metadata/consent.json' with { type: 'json' }
import { asked } from './ask.ts'
import { type Contracts, contractsOf } from './contracts.ts'
import { dateOf } from './time.ts'

/** Most blocks in a row that are read one by one: with six seconds a block, more than four days. Of older ones, those are read that the indexer names. */
export const MAX_HISTORY_BLOCKS = 65_536
/** Most older blocks that are read because the indexer names them. */
const MAX_NAMED_BLOCKS = 65_536
/** How many blocks are asked for at a time. */
const PARALLEL_BLOCKS = 24
/** `System.Events` and `Timestamp.Now` in storage. */
const SYSTEM_EVENTS = '0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7'
const TIMESTAMP_NOW = '0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb'

/** What comes after every notification of a block. */
const END_OF_BLOCK = 2_147_483_647

/** What one block told, and how much of it is about the patient’s consent. */
interface BlockEvents {
  readonly told: readonly Told[]
  readonly consents: number
}

type EventRecords = Parameters<Contracts['consent']['decodeEvents']>[0]

/** To whom something was given: an account, an organisation by its number, or everybody whose role fits. */
export type Grantee = { readonly account: Hex } | { readonly organisation: number } | 'anyone'

/** How a request ended. */
export type Answer = 'approved' | 'declined' | 'withdrawn'

const ANSWERS = { Approved: 'approved', Declined: 'declined', Withdrawn: 'withdrawn' } as const

/** What the consent contract told of grants, requests and emergencies, and when. */
export type Told = { readonly block: number; readonly at: Date; readonly patient: Hex } & (
  | { readonly kind: 'granted' | 'passed-on'; readonly grant: number; readonly parent?: number; readonly grantee: Grantee; readonly purposes: number; readonly permits: boolean; readonly from: Date; readonly until: Date }
  | { readonly kind: 'asked'; readonly requester: Hex; readonly purposes: number; readonly until: Date; readonly expires: Date }
  | { readonly kind: 'answered'; readonly requester: Hex; readonly answer: Answer }
  | { readonly kind: 'revoked'; readonly grant: number }
  | { readonly kind: 'all-revoked'; readonly lastGranted: number; readonly lastPassedOn: number }
  | { readonly kind: 'glass-broken'; readonly clinician: Hex; readonly openedAt: Date; readonly until: Date; readonly reason: number; readonly reviewBy: Date }
  | { readonly kind: 'glass-closed'; readonly clinician: Hex; readonly openedAt: Date }
  | { readonly kind: 'glass-reviewed'; readonly clinician: Hex; readonly openedAt: Date; readonly justified: boolean }
)

/** What the running hash of a patient’s consent is over, so that the contract’s count of it shows whether some is left out. */
const CONSENTING: ReadonlySet<string> = new Set([
  'Granted',
  'Delegated',
  'Revoked',
  'AllRevoked',
  'Cleared',
  'RestrictedSet',
  'EpochsAdvanced',
  'GuardiansSet',
  'ReplacementBegun',
  'Vetoed',
  'RecoveryKeySet',
])

/** Whom a history is for. */
export interface HistoryParameters {
  /** The first block that may have events of the contracts. */
  readonly firstBlock: number
  /** The accounts that older events must concern: those that the indexer tells of them. */
  readonly accounts: readonly Account[]
  /** The account whose consents are counted: a patient’s. */
  readonly patient?: Hex | undefined
  readonly maxBlocks?: number
}

/**
 * The events of the consent contract. The contract answers about one grant and lists none: which there are follows from
 * what it told since it came to be. The newest blocks are read one by one. Of older ones, the indexer names those that concern
 * the accounts; each is read from the node, so that nothing can be made up, and the contract’s own count of a patient’s consents
 * shows whether something was left out. Blocks are read once, and kept for as long as the connection.
 */
export class History {
  readonly #aegle: Aegle
  readonly #accounts: readonly Account[]
  readonly #patient: Hex | undefined
  readonly #maxBlocks: number
  readonly #told: Told[] = []
  #next: number
  /** How many events about the patient’s consent were read. */
  #consents = 0
  #reading: Promise<readonly Told[]> | undefined
  #through = 0

  constructor(aegle: Aegle, { firstBlock, accounts, patient, maxBlocks = MAX_HISTORY_BLOCKS }: HistoryParameters) {
    this.#aegle = aegle
    this.#accounts = accounts
    this.#patient = patient
    this.#maxBlocks = maxBlocks
    this.#next = firstBlock
  }

  /**
   * Reads what is new up to the last finalized block, and returns all.
   *
   * @throws `chain-unavailable`, `indexer-behind`, `limit` when there are too many blocks, `false-answer` when the indexer tells
   * what the chain does not have, or leaves out something of the patient’s consents
   */
  async read(): Promise<readonly Told[]> {
    this.#reading ??= this.#readOn().finally(() => (this.#reading = undefined))
    return await this.#reading
  }

  /** The last block that was read: what is of a later one is not told yet. */
  get through(): number {
    return this.#through
  }

  /** Reads as {@link History.read} does, from now on: what is being read already may end at an earlier block. */
  async readAnew(): Promise<readonly Told[]> {
    await this.#reading?.catch(() => undefined)
    return await this.read()
  }

  async #readOn(): Promise<readonly Told[]> {
    const { number: last } = await asked(this.#aegle.chain.finalized())
    const older = last - this.#maxBlocks
    if (older >= this.#next) await this.#readNamed(older)
    await this.#readThrough(last)
    this.#through = Math.max(this.#through, last)
    return this.#told
  }

  /** Reads every block up to one. */
  async #readThrough(last: number): Promise<void> {
    while (this.#next <= last) {
      const count = Math.min(PARALLEL_BLOCKS, last - this.#next + 1)
      const numbers = Array.from({ length: count }, (_, index) => this.#next + index)
      this.#keep(await Promise.all(numbers.map((number) => this.#block(number))))
      this.#next += count
    }
  }

  /** Reads those blocks up to one that the indexer names. */
  async #readNamed(last: number): Promise<void> {
    const named = new Set<number>()
    for (const as of this.#accounts) {
      // What comes after every event of the block before.
      for await (const told of watch(this.#aegle, { as, after: `${Math.max(this.#next - 1, 0)}-${END_OF_BLOCK}` })) {
        if (told.kind === 'head') {
          if (told.block < last) throw new AegleError('indexer-behind', `the indexer has come to block ${told.block}, and ${last} is needed`)
          break
        }
        if (told.block <= last) named.add(told.block)
        if (named.size > MAX_NAMED_BLOCKS) throw new AegleError('limit', `more than ${MAX_NAMED_BLOCKS} blocks would have to be read`, { details: { reason: 'too-many-blocks' } })
      }
    }
    const numbers = [...named].sort((one, other) => one - other)
    const read: BlockEvents[] = []
    for (let first = 0; first < numbers.length; first += PARALLEL_BLOCKS) {
      read.push(...(await Promise.all(numbers.slice(first, first + PARALLEL_BLOCKS).map((number) => this.#block(number)))))
    }
    await this.#assertWhole(last, read)
    // All of them, or none.
    this.#keep(read)
    this.#next = last + 1
  }

  /** Compares how many events about the patient’s consent were read with how many the contract had told by a block. */
  async #assertWhole(last: number, read: readonly BlockEvents[]): Promise<void> {
    if (this.#patient === undefined) return
    const { chain, contracts } = this.#aegle
    const hash = await asked(chain.client.rpc.chain_getBlockHash(last) as Promise<Hex | undefined>)
    if (!hash) throw new AegleError('chain-unavailable', `the node does not have block ${last}`)
    const found = read.reduce((all, { consents }) => all + consents, this.#consents)
    const consent = await contractAt(this.#aegle, 'consent', consentMetadata, contracts.consent, hash)
    const { events: told } = (await asked(consent.query.history(this.#patient))).data
    if (found === told) return
    throw new AegleError('false-answer', `the indexer has told of ${found} events about the patient’s consent up to block ${last}, and the chain has counted ${told}`, {
      tampering: true,
      details: { found, told },
    })
  }

  #keep(blocks: readonly BlockEvents[]): void {
    for (const { told, consents } of blocks) {
      this.#told.push(...told)
      this.#consents += consents
    }
  }

  async #block(number: number): Promise<BlockEvents> {
    const { client } = this.#aegle.chain
    const hash = await asked(client.rpc.chain_getBlockHash(number) as Promise<Hex | undefined>)
    if (!hash) throw new AegleError('chain-unavailable', `the node does not have block ${number}`)
    const events = await asked(client.rpc.state_getStorage(SYSTEM_EVENTS, hash) as Promise<Hex | undefined>)
    const { consent } = contractsOf(this.#aegle)
    // Most blocks have nothing of the contract, and need not be decoded.
    if (!events?.includes(this.#aegle.contracts.consent.slice(2))) return { told: [], consents: 0 }
    const time = await asked(client.rpc.state_getStorage(TIMESTAMP_NOW, hash) as Promise<Hex | undefined>)
    const at = { block: number, at: moment(time) }
    const decoded = consent.decodeEvents(this.#records(events))
    const ofPatient = decoded.filter((event) => CONSENTING.has(event.name) && patientOf(event) === this.#patient)
    const told = decoded.flatMap((event): Told[] => {
      const { events: of } = consent
      if (of.Granted.is(event)) return [{ ...at, kind: 'granted', ...given(event.data) }]
      if (of.Delegated.is(event)) return [{ ...at, kind: 'passed-on', ...given(event.data), parent: event.data.parent.id }]
      if (of.AccessRequested.is(event)) {
        const { patient, requester, request } = event.data
        const { purposes, until } = request.ask
        const asked = { purposes, until: dateOf(until), expires: dateOf(request.expires) }
        return [{ ...at, kind: 'asked', patient: patient.raw, requester: requester.raw, ...asked }]
      }
      if (of.RequestClosed.is(event)) {
        const { patient, requester, answer } = event.data
        return [{ ...at, kind: 'answered', patient: patient.raw, requester: requester.raw, answer: ANSWERS[answer.type] }]
      }
      if (of.Revoked.is(event)) return [{ ...at, kind: 'revoked', patient: event.data.patient.raw, grant: event.data.id }]
      if (of.AllRevoked.is(event)) {
        const { patient, granted, delegated } = event.data
        return [{ ...at, kind: 'all-revoked', patient: patient.raw, lastGranted: granted, lastPassedOn: delegated }]
      }
      if (of.GlassBroken.is(event)) {
        const { glass, reviewBy } = event.data
        const times = { openedAt: dateOf(glass.openedAt), until: dateOf(glass.until), reviewBy: dateOf(reviewBy) }
        return [{ ...at, kind: 'glass-broken', ...between(event.data), reason: glass.reason, ...times }]
      }
      if (of.GlassClosed.is(event)) {
        return [{ ...at, kind: 'glass-closed', ...between(event.data), openedAt: dateOf(event.data.openedAt) }]
      }
      if (of.GlassReviewed.is(event)) {
        const { openedAt, verdict } = event.data
        return [{ ...at, kind: 'glass-reviewed', ...between(event.data), openedAt: dateOf(openedAt), justified: verdict === 'Justified' }]
      }
      return []
    })
    return { told, consents: ofPatient.length }
  }

  #records(events: Hex): EventRecords {
    const { registry } = this.#aegle.chain.client
    const system = registry.metadata.pallets.find(({ name }) => name === 'System')
    const entry = system?.storage?.entries.find(({ name }) => name === 'Events')
    if (!entry) throw new AegleError('other-contract', 'the chain has no events')
    return registry.findCodec(entry.storageType.value.valueTypeId).tryDecode(events) as EventRecords
  }
}

/** The patient whom an event is about. */
function patientOf(event: object): Hex | undefined {
  return (event as { data?: { patient?: { raw?: Hex } } }).data?.patient?.raw
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
    from: dateOf(terms.from),
    until: dateOf(terms.until),
  }
}

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
