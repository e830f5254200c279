import type { Words } from '../i18n.ts'
import type { Shown } from './chart.ts'

/** What a kind of resource is called; its FHIR name where the portal has no word for it. */
export function typeName(type: string, { known }: Words): string {
  return known(`type.${type}`) ?? type
}

/** What a record is about, in a line. */
export function titleOf({ opened, card }: Shown, words: Words): string {
  if (!card) return words.say('record.file', { type: opened.mediaType })
  const kind = typeName(card.type, words)
  return card.title === undefined ? kind : `${kind}: ${card.title}`
}
