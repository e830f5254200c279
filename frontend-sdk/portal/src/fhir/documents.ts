import { concept, field, type Fields, type Json, list, textOf } from './fields.ts'
import { narrativeText } from './narrative.ts'

/** The longest text of a document that is shown. */
const MAX_TEXT_BYTES = 256 * 1024

/** The texts of a document, and what of it is not shown. */
export interface DocumentTexts {
  readonly texts: readonly string[]
  readonly hidden: readonly string[]
}

function attachment(name: string, value: Json): { text: string } | { hidden: string } {
  const type = textOf(value, 'contentType') ?? '?'
  const data = textOf(value, 'data')
  const called = textOf(value, 'title')
  const hidden = { hidden: `${name} (${[called, type].filter(Boolean).join(', ')})` }
  const kind = type.split(';')[0]?.trim().toLowerCase()
  if (data === undefined || data.length > MAX_TEXT_BYTES * 2) return hidden
  if (kind !== 'text/plain' && kind !== 'text/html' && kind !== 'application/xhtml+xml') return hidden
  try {
    const bytes = Uint8Array.from(atob(data.replace(/\s+/g, '')), (character) => character.charCodeAt(0))
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return { text: kind === 'text/plain' ? text : narrativeText(text) }
  } catch {
    return hidden
  }
}

/** Sections of a composition, each with its title before its text, those inside after it. */
function sections(values: readonly Json[]): string[] {
  return values.flatMap((section) => {
    const div = textOf(field(section, 'text'), 'div')
    const text = [textOf(section, 'title') ?? concept(field(section, 'code')), div && narrativeText(div)].filter(Boolean)
    return [...(text.length > 0 ? [text.join('\n')] : []), ...sections(list(field(section, 'section')))]
  })
}

/** Reads the texts of what is a document, a report with its form, or a message. */
export function documentTexts(resource: Fields, type: string): DocumentTexts {
  const attachments: (readonly [string, Json])[] = []
  if (type === 'DocumentReference') {
    attachments.push(...resource.list('content').map((one) => ['content', field(one, 'attachment')] as const))
  }
  if (type === 'DiagnosticReport') attachments.push(...resource.list('presentedForm').map((one) => ['presentedForm', one] as const))
  if (type === 'Media') attachments.push(['content', resource.get('content')])
  const messages = type === 'Communication' ? resource.list('payload') : []
  const texts = messages.map((one) => textOf(one, 'contentString')).filter((text) => text !== undefined)
  const files = messages.map((one) => field(one, 'contentAttachment')).filter((file) => file !== undefined)
  attachments.push(...files.map((file) => ['payload', file] as const))
  const read = attachments.map(([name, value]) => attachment(name, value))
  texts.push(...read.flatMap((one) => ('text' in one ? [one.text] : [])))
  if (type === 'Composition') texts.push(...sections(resource.list('section')))
  return { texts, hidden: read.flatMap((one) => ('hidden' in one ? [one.hidden] : [])) }
}
