import type { Confidentiality, DataClass, Purpose } from '@aegle/sdk'
import type { Ask } from '../chain/asks.ts'
import type { Grant } from '../chain/grants.ts'
import type { Grantee } from '../chain/history.ts'
import type { AskedFor } from '../chain/requests.ts'
import type { MessageKey, Words } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { nameOf, type Settings } from '../settings.ts'
import { ORDINARY, PROTECTED } from './classes.ts'

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
  const { say, date } = words
  const [what, why] = [whatOf(classes, words), purposeNames(purposes, words)]
  return say(permits ? 'grant.sentence' : 'grant.denies', { who, what, why, until: date(until) })
}

/** What is called by the kinds that somebody is let see, or asks to see. */
function whatOf(classes: readonly DataClass[], words: Words): string {
  const isOrdinary = classes.length === ORDINARY.length && ORDINARY.every((name) => classes.includes(name))
  return isOrdinary ? words.say('grant.ordinary') : words.list(classes.map((name) => className(name, words)))
}

/** How secret records may be for an answer to be about them, in a sentence. */
const SECRECY: { readonly [level in Confidentiality]: MessageKey } = {
  normal: 'request.normal',
  restricted: 'request.restricted',
  'very-restricted': 'request.veryRestricted',
}

/** Says how secret records may be for an answer to be about them. */
export function secrecy(confidentiality: Confidentiality, { say }: Words): string {
  return say(SECRECY[confidentiality])
}

/** The kinds that slots stand for, always in the same order: that of the slots is another one for each patient. */
function classesOf(slots: readonly number[], classes: readonly (DataClass | null)[]): DataClass[] {
  return [...ORDINARY, ...PROTECTED].filter((name) => slots.some((slot) => classes[slot] === name))
}

/** The kinds that are asked for. */
export function askedClasses({ slots }: AskedFor, classes: readonly (DataClass | null)[]): DataClass[] {
  return classesOf(slots, classes)
}

/** The one sentence for what is asked for. */
export function askedSentence(who: string, asked: AskedFor, classes: readonly (DataClass | null)[], words: Words): string {
  const names = askedClasses(asked, classes)
  const everything = classes.every((name) => name === null || names.includes(name))
  const what = everything ? words.say('request.everything') : whatOf(names, words)
  return words.say('request.sentence', { who, what, why: purposeNames(asked.purposes, words), until: words.date(asked.until) })
}

/** What somebody asks for, as far as a sentence needs it. */
interface Wish {
  readonly who: string
  readonly purposes: readonly Purpose[]
  /** None for all. */
  readonly classes: readonly DataClass[]
  readonly until: Date
}

function needs(purposes: readonly Purpose[], { say, list }: Words): string {
  return list(purposes.map((purpose) => say(`ask.purpose.${purpose}` as MessageKey)))
}

/** Says to whoever asks what they are about to ask for. */
export function askSentence({ who, purposes, classes, until }: Wish, words: Words): string {
  const { say, list, date } = words
  const what = classes.length === 0 ? say('ask.everything') : list(classes.map((name) => className(name, words)))
  return say('ask.sentence', { who, what, why: needs(purposes, words), until: date(until) })
}

/** Says to whoever asked what they asked for. Which kinds they meant stands in their note alone. */
export function askedSentenceOf(who: string, { purposes, until }: Ask, words: Words): string {
  return words.say('asks.sentence', { who, why: needs(purposes, words), until: words.date(until) })
}

/** The terms of a grant that stands. */
export function termsOf(grant: Grant, classes: readonly (DataClass | null)[], settings: Settings, words: Words): Terms {
  return {
    who: granteeName(grant.grantee, settings, words),
    permits: grant.permits,
    purposes: grant.purposes,
    classes: classesOf(grant.slots, classes),
    until: grant.until,
  }
}
