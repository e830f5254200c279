import type { DataClass, Purpose } from '@aegle/sdk'
import type { Grant } from '../chain/grants.ts'
import type { Grantee } from '../chain/history.ts'
import type { MessageKey, Words } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { nameOf, type Settings } from '../settings.ts'
import { ORDINARY } from './classes.ts'

/** What a grant says, as far as a sentence needs it: one that stands, or one that is being thought of. */
export interface Terms {
  readonly who: string
  readonly permits: boolean
  readonly purposes: readonly Purpose[]
  readonly classes: readonly DataClass[]
  readonly until: Date
}

/** What a kind of record is called. */
export function className(name: DataClass, { say }: Words): string {
  return say(`class.${name}` as MessageKey)
}

/** What a grantee is called. */
export function granteeName(grantee: Grantee, settings: Settings, { say }: Words): string {
  if (grantee === 'anyone') return say('people.anyone')
  if ('organisation' in grantee) return say('people.organisation', { number: grantee.organisation })
  return nameOf(settings, grantee.account) ?? say('people.code', { code: shortCode(grantee.account) })
}

/** For what somebody may see records. */
export function purposeNames(purposes: readonly Purpose[], { say, list }: Words): string {
  return list(purposes.map((purpose) => say(`purpose.${purpose}` as MessageKey)))
}

/** The one sentence for what a grant does: the same before it is given, while it stands, and in the log. */
export function sentence({ who, permits, purposes, classes, until }: Terms, words: Words): string {
  const { say, date, list } = words
  const isOrdinary = classes.length === ORDINARY.length && ORDINARY.every((name) => classes.includes(name))
  const what = isOrdinary ? say('grant.ordinary') : list(classes.map((name) => className(name, words)))
  return say(permits ? 'grant.sentence' : 'grant.denies', { who, what, why: purposeNames(purposes, words), until: date(until) })
}

/** The terms of a grant that stands. */
export function termsOf(grant: Grant, classes: readonly (DataClass | null)[], settings: Settings, words: Words): Terms {
  return {
    who: granteeName(grant.grantee, settings, words),
    permits: grant.permits,
    purposes: grant.purposes,
    classes: grant.slots.map((slot) => classes[slot]).filter((name) => name !== null && name !== undefined),
    until: grant.until,
  }
}
