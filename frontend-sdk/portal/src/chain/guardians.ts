import type { Aegle, Hex } from '@aegle/sdk'
import { asked } from './ask.ts'
import { contractsOf } from './contracts.ts'
import { dateOf } from './time.ts'

/** What guardians may do beside acting together. */
export type Authority = 'act' | 'read' | 'alone'

const AUTHORITIES = { Acting: 'act', Representing: 'read', Exclusive: 'alone' } as const

/** Those who may act for a patient together. */
export interface Guardians {
  readonly accounts: readonly Hex[]
  /** How many of them it takes. */
  readonly threshold: number
  readonly until: Date
  readonly may: Authority
}

/** Who may act for a patient now, and who will from when on, if that is to change. */
export interface Guardianship {
  /** Nothing where nobody may. */
  readonly now: Guardians | undefined
  /** Nothing where that stays so; nobody where those who may now are to be dismissed. */
  readonly next: { readonly guardians: Guardians | undefined; readonly from: Date } | undefined
}

interface Stored {
  accounts: { raw: Hex }[]
  threshold: number
  until: bigint
  authority: keyof typeof AUTHORITIES
}

function read({ accounts, threshold, until, authority }: Stored, now: number): Guardians | undefined {
  if (accounts.length === 0 || Number(until) <= now) return undefined
  return { accounts: accounts.map(({ raw }) => raw), threshold, until: dateOf(until), may: AUTHORITIES[authority] }
}

/** Asks the contract for the account of a patient’s recovery key; nothing where none is named. */
export async function recoveryOf(aegle: Aegle, patient: Hex): Promise<Hex | undefined> {
  const { data } = await asked(contractsOf(aegle).consent.query.control(patient))
  return data.recovery?.raw as Hex | undefined
}

/** Asks the contract who may act for a patient. */
export async function guardianshipOf(aegle: Aegle, patient: Hex): Promise<Guardianship> {
  const { consent } = contractsOf(aegle)
  const [{ timestamp }, { data: stored }, { data: change }] = await Promise.all([
    asked(aegle.chain.finalized()),
    asked(consent.query.guardians(patient)),
    asked(consent.query.guardianChange(patient)),
  ])
  if (!change) return { now: read(stored, timestamp), next: undefined }
  const from = dateOf(change.from)
  if (from.getTime() <= timestamp) return { now: read(change.guardians, timestamp), next: undefined }
  return { now: read(stored, timestamp), next: { guardians: read(change.guardians, from.getTime()), from } }
}
