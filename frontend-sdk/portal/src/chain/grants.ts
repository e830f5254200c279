import type { Aegle, Confidentiality, Hex, Purpose } from '@aegle/sdk'
import { asked } from './ask.ts'
import { contractsOf } from './contracts.ts'
import { type Grantee, granteeOf, type History, type Told } from './history.ts'
import { dateOf } from './time.ts'

/** The purposes in the order of their bits. */
export const PURPOSES: readonly Purpose[] = ['TREAT', 'ETREAT', 'BTG', 'HPAYMT', 'HOPERAT', 'HRESCH', 'PATRQT', 'PUBHLTH']
/** The bit that numbers of what was passed on have. */
const PASSED_ON = 0x8000_0000
/** How many slots a patient has. */
const SLOTS = 32
/** Most patients of one reader that are looked at. */
export const MAX_PATIENTS = 200

/** A grant that stands, as the contract has it. It may have ended, or not have begun. */
export interface Grant {
  readonly patient: Hex
  readonly number: number
  readonly grantee: Grantee
  /** Whether it lets, and does not deny. */
  readonly permits: boolean
  readonly purposes: readonly Purpose[]
  readonly slots: readonly number[]
  readonly confidentiality: Confidentiality
  readonly from: Date
  readonly until: Date
  /** Whether somebody passed it on; the patient gave it otherwise. */
  readonly passedOn: boolean
}

/** How confidential what is granted may be, as the contract has it. */
export const CONFIDENTIALITY = { Normal: 'normal', Restricted: 'restricted', VeryRestricted: 'very-restricted' } as const

/** The purposes whose bits are set. */
export function purposesOf(bits: number): Purpose[] {
  return PURPOSES.filter((_, bit) => (bits & (1 << bit)) !== 0)
}

/** Whether the number of a grant is that of one that somebody passed on. */
export const isPassedOn = (grant: number) => (grant & PASSED_ON) !== 0

/** The number of a grant without the bit that says that it was passed on. */
export const numberOf = (grant: number) => grant & ~PASSED_ON

/** The slots whose bits are set. */
export const bitsOf = (bits: number) => Array.from({ length: SLOTS }, (_, bit) => bit).filter((bit) => (bits >>> bit) & 1)

/** Whether a grant counts at a time. */
export function counts({ from, until }: Grant, at: Date): boolean {
  return from <= at && at < until
}

/** Whether two grantees are the same. */
export function sameGrantee(one: Grantee, other: Grantee): boolean {
  if (one === 'anyone' || other === 'anyone') return one === other
  if ('account' in one) return 'account' in other && one.account === other.account
  return 'organisation' in other && one.organisation === other.organisation
}

/** What a patient gave to one grantee and did not end. */
async function held(aegle: Aegle, told: readonly Told[], patient: Hex, grantee: Grantee): Promise<Grant[]> {
  const { consent } = contractsOf(aegle)
  const like =
    grantee === 'anyone'
      ? ({ type: 'Anyone' } as const)
      : 'account' in grantee
        ? ({ type: 'Account', value: grantee.account } as const)
        : ({ type: 'Organisation', value: grantee.organisation } as const)
  const { data: stored } = await asked(consent.query.grants(patient, like))
  const ended = told.findLast((event) => event.kind === 'all-revoked' && event.patient === patient)
  return stored.flatMap(([number, terms]) => {
    const passedOn = isPassedOn(number)
    if (ended?.kind === 'all-revoked') {
      const last = passedOn ? ended.lastPassedOn : ended.lastGranted
      if (numberOf(number) <= last) return []
    }
    return [
      {
        patient,
        number,
        grantee: granteeOf(terms.grantee),
        permits: terms.effect === 'Permit',
        purposes: purposesOf(terms.purposes),
        slots: bitsOf(terms.slots),
        confidentiality: CONFIDENTIALITY[terms.confidentiality],
        from: dateOf(terms.from),
        until: dateOf(terms.until),
        passedOn,
      },
    ]
  })
}

function given(told: readonly Told[]) {
  return told.filter((event): event is Extract<Told, { readonly grantee: Grantee }> => 'grantee' in event)
}

/** Every grant over a patient’s records that stands. */
export async function grantsOf(aegle: Aegle, history: History, patient: Hex): Promise<Grant[]> {
  const told = await history.read()
  const grantees: Grantee[] = []
  for (const event of given(told)) {
    if (event.patient === patient && !grantees.some((known) => sameGrantee(known, event.grantee))) grantees.push(event.grantee)
  }
  const grants = await Promise.all(grantees.map((grantee) => held(aegle, told, patient, grantee)))
  return grants.flat().sort((one, other) => one.until.getTime() - other.until.getTime())
}

/** The patients whose records somebody may read for a purpose, and how many more were not looked at. */
export interface Granting {
  readonly grants: readonly Grant[]
  readonly leftOut: number
}

/** The grants by which a reader may read for a purpose now, one a patient: to themselves, or to one of their organisations. */
export async function grantsTo(aegle: Aegle, history: History, reader: Hex, organisations: readonly number[], purpose: Purpose): Promise<Granting> {
  const told = await history.read()
  const { timestamp } = await asked(aegle.chain.finalized())
  const pairs: { patient: Hex; grantee: Grantee }[] = []
  for (const { patient, grantee } of given(told).toReversed()) {
    const ours = sameGrantee(grantee, { account: reader }) || organisations.some((organisation) => sameGrantee(grantee, { organisation }))
    const known = pairs.some((pair) => pair.patient === patient && sameGrantee(pair.grantee, grantee))
    if (ours && !known) pairs.push({ patient, grantee })
  }
  const now = new Date(timestamp)
  const looked = pairs.slice(0, MAX_PATIENTS)
  const all = (await Promise.all(looked.map(({ patient, grantee }) => held(aegle, told, patient, grantee)))).flat()
  const permitted = all.filter((grant) => grant.permits && grant.purposes.includes(purpose) && counts(grant, now))
  const last = new Map(permitted.map((grant) => [grant.patient, grant]))
  return { grants: [...last.values()], leftOut: pairs.length - looked.length }
}
