/** Elements after which a text goes on in a new line. */
const LINES = /<\/(p|div|li|tr|h[1-6]|table|ul|ol|pre)>|<br\s*\/?>/gi
const ENTITIES: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/**
 * The text of a narrative in XHTML, without its markup. It is shown as text, and never put into a page as markup.
 */
export function narrativeText(xhtml: string): string {
  const text = xhtml
    .replace(/<(style|script|head)\b[\s\S]*?<\/\1>/gi, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/\s+/g, ' ')
    .replace(LINES, '\n')
    .replace(/<\/t[dh]>/gi, '  ')
    .replace(/<[^>]*>/g, '')
    .replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, entity)
  const lines = text.split('\n').map((line) => line.trim())
  return lines.filter((line, index) => line !== '' || lines[index - 1] !== '').join('\n').trim()
}

function entity(whole: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole
  const hexadecimal = /^#x/i.test(name)
  const code = Number.parseInt(name.slice(hexadecimal ? 2 : 1), hexadecimal ? 16 : 10)
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
}
