import type { Aegle, DisclosureEntry, Hex } from '@aegle/sdk'
import { contractAt } from '@aegle/sdk/contracts'
import consentMetadata from '@aegle/sdk/metadata/consent.json' with { type: 'json' }
import consortiumMetadata from '@aegle/sdk/metadata/consortium.json' with { type: 'json' }
import { asked } from '../chain/ask.ts'
import { purposesOf } from '../chain/grants.ts'
import { roleFits } from '../chain/roles.ts'
import type { Grantee, Told } from '../chain/history.ts'

/** Most blocks of a log that are looked up in the chain, and most different entries, the newest first: what the others say is not known then. */
export const MAX_LOOKED_UP = 2_048
/** How many blocks are asked for at a time. */
const PARALLEL_BLOCKS = 16

/** What the chain says of an entry’s block, and of its reader then. What could not be found out is nothing. */
export interface Background {
  /** The hash of the block of that number. */
  readonly blockHash: Hex | undefined
  /** The organisations in which the reader had a role at that block that fits the purpose; not asked of the patient’s own. */
  readonly organisations?: readonly number[] | undefined
  /** Whether the reader was a guardian who reads for the patient; asked where no grant is named. */
  readonly guardian?: boolean | undefined
  /** Whether the law of the patient’s jurisdiction lets others find; asked where no grant is named. */
  readonly law?: boolean | undefined
  /** Whether an emergency of the reader was open; asked of what is looked at in one. */
  readonly emergency?: boolean | undefined
}

type Disclosure = DisclosureEntry['disclosure']

/** What was given under the number that an entry names, the last one before its block. */
export function givenBefore({ grant, block }: Disclosure, patient: Hex, told: readonly Told[]) {
  const before = told.filter((event) => event.patient === patient && event.block <= block.number)
  return before.findLast((event): event is Extract<Told, { readonly grantee: Grantee }> => 'grantee' in event && event.grant === grant)
}

/** Resolves as a question does; to nothing where it cannot be answered, as by a node that has dropped the state of old blocks. */
async function known<T>(question: Promise<T>): Promise<T | undefined> {
  return await question.catch(() => undefined)
}

/** The contracts in the state of a block, and what they say of a reader. */
class Block {
  readonly #aegle: Aegle
  readonly #patient: Hex
  readonly hash: Hex

  constructor(aegle: Aegle, patient: Hex, hash: Hex) {
    this.#aegle = aegle
    this.#patient = patient
    this.hash = hash
  }

  #consortium() {
    return contractAt(this.#aegle, 'consortium', consortiumMetadata, this.#aegle.contracts.consortium, this.hash)
  }

  #consent() {
    return contractAt(this.#aegle, 'consent', consentMetadata, this.#aegle.contracts.consent, this.hash)
  }

  async organisations(account: Hex, purpose: number, at: number): Promise<number[]> {
    const consortium = await asked(this.#consortium())
    const { data: roles } = await asked(consortium.query.effectiveRoles(account, BigInt(at)))
    return roles.filter((role) => roleFits(role.roles, purpose)).map(({ organisation }) => organisation)
  }

  /** Whether somebody read for the patient as a guardian. */
  async represents(account: Hex, at: number): Promise<boolean> {
    const consent = await asked(this.#consent())
    const [{ data: now }, { data: change }] = await Promise.all([
      asked(consent.query.guardians(this.#patient)),
      asked(consent.query.guardianChange(this.#patient)),
    ])
    const { accounts, authority, until } = change && Number(change.from) <= at ? change.guardians : now
    return authority !== 'Acting' && at < Number(until) && accounts.some(({ raw }) => raw === account)
  }

  /** Whether an emergency of a reader was open. */
  async isEmergency(account: Hex, at: number): Promise<boolean> {
    const consent = await asked(this.#consent())
    const { data: glass } = await asked(consent.query.glass(this.#patient, account))
    return glass !== undefined && Number(glass.openedAt) <= at && at < Number(glass.until)
  }

  /** Whether the law of the patient’s jurisdiction permits a purpose where they have said nothing. */
  async permits(purpose: number): Promise<boolean> {
    const [consent, consortium] = await Promise.all([asked(this.#consent()), asked(this.#consortium())])
    const { data: residence } = await asked(consent.query.residence(this.#patient))
    if (residence === undefined) return false
    const { data } = await asked(consortium.query.jurisdictions())
    return data.defaults.some(({ jurisdiction, permits }) => jurisdiction === residence && (permits & purpose) === purpose)
  }

  async background({ requester, grant, purpose, at }: Disclosure): Promise<Background> {
    const reader = requester as Hex
    const { hash: blockHash } = this
    if (reader === this.#patient) return { blockHash }
    if ((grant ?? undefined) === undefined) {
      const purposes = purposesOf(purpose)
      const organisations = known(this.organisations(reader, purpose, at))
      if (purposes.includes('BTG')) return { blockHash, emergency: await known(this.isEmergency(reader, at)), organisations: await organisations }
      const [guardian, law] = await Promise.all([known(this.represents(reader, at)), known(this.permits(purpose))])
      return { blockHash, guardian: guardian && purposes.includes('PATRQT'), law, organisations: await organisations }
    }
    return { blockHash, organisations: await known(this.organisations(reader, purpose, at)) }
  }
}

/** Looks up in the chain what each entry of a log must be compared with, in the order of the entries. */
export async function backgrounds(
  aegle: Aegle,
  patient: Hex,
  entries: readonly DisclosureEntry[],
): Promise<Background[]> {
  const numbers = [...new Set(entries.map(({ disclosure }) => disclosure.block.number))].sort((one, other) => other - one)
  const hashes = new Map<number, Block>()
  const found = new Map<string, Promise<Background>>()
  for (let first = 0; first < Math.min(numbers.length, MAX_LOOKED_UP); first += PARALLEL_BLOCKS) {
    const some = numbers.slice(first, first + PARALLEL_BLOCKS)
    await Promise.all(
      some.map(async (number) => {
        const hash = await asked(aegle.chain.client.rpc.chain_getBlockHash(number) as Promise<Hex | undefined>)
        if (hash) hashes.set(number, new Block(aegle, patient, hash))
      }),
    )
    const theirs = entries.filter(({ disclosure }) => some.includes(disclosure.block.number))
    for (const { disclosure } of theirs) {
      const block = hashes.get(disclosure.block.number)
      const key = keyOf(disclosure)
      if (block && !found.has(key) && found.size < MAX_LOOKED_UP) found.set(key, block.background(disclosure))
    }
    await Promise.all(found.values())
  }
  return await Promise.all(entries.map(({ disclosure }) => found.get(keyOf(disclosure)) ?? { blockHash: undefined }))
}

const keyOf = ({ requester, grant, purpose, block, at }: Disclosure) => `${requester} ${grant ?? ''} ${purpose} ${block.number} ${at}`
