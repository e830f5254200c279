import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { fleschKincaid } from 'flesch-kincaid'
import { syllable } from 'syllable'
import { errorCodes, AegleError } from '@aegle/sdk'
import { dateOf } from '../src/chain/time.ts'
import { explain } from '../src/errors.ts'
import { wordsIn } from '../src/i18n.ts'
import { ORDINARY, PROTECTED } from '../src/sharing/classes.ts'
import de from '../src/messages/de.json' with { type: 'json' }
import en from '../src/messages/en.json' with { type: 'json' }

/** The highest reading grade, by the formula of Flesch and Kincaid. */
const MAX_GRADE = 8
/** Fewer words say nothing about how hard a text is to read. */
const FEWEST_WORDS = 25

const english: { readonly [key: string]: string } = en
const german: { readonly [key: string]: string } = de
const placeholders = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()

/** Values as people see them, where a message has a place for one. */
const SAMPLES: { readonly [name: string]: string } = {
  name: 'Mia',
  who: 'Mia',
  what: 'your lab results',
  why: 'to treat you',
  until: '3 May',
  date: '3 May',
  at: '3 May',
  author: 'North Hospital',
  code: 'A5',
  server: 'the union',
}

const shown = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => SAMPLES[name] ?? '7')

/** The grade of a text. */
function grade(text: string): number {
  const words = text.match(/[\p{L}\d’'-]+/gu) ?? []
  const sentences = text.match(/[.?!:…](\s|$)/g) ?? []
  const syllables = words.reduce((sum, word) => sum + syllable(word), 0)
  return fleschKincaid({ sentence: Math.max(1, sentences.length), word: words.length, syllable: syllables })
}

describe('messages', () => {
  it('are complete in both languages, with the same places for values', () => {
    assert.deepEqual(Object.keys(german).sort(), Object.keys(english).sort())
    for (const [key, text] of Object.entries(english)) {
      assert(text.trim() !== '' && german[key]?.trim() !== '', key)
      assert.deepEqual(placeholders(german[key] ?? ''), placeholders(text), key)
    }
  })

  it('are all used, and none is used that is missing', async () => {
    const folder = new URL('../src/', import.meta.url)
    const names = (await readdir(folder, { recursive: true })).filter((name) => /\.tsx?$/.test(name))
    const source = (await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')))).join('\n')
    const used = new Set([...source.matchAll(/'([a-z]\w*(?:\.[\w-]+)+)'/gi)].map(([, key = '']) => key))
    // Names that are put together, by how they begin.
    const made = ['ask.purpose.', 'bills.category.', 'bills.type.', 'bills.what.', 'appoint.fault.', 'asks.state.', 'class.', 'code.', 'count.use.', 'duo.', 'erasing.reason.', 'grant.what.', 'guardians.may.', 'judged.', 'kind.', 'proof.', 'propose.about.', 'propose.kind.', 'purpose.', 'role.', 'staff.does.', 'staff.gets.', 'status.', 'type.']
    const unused = Object.keys(english).filter((key) => !used.has(key) && !used.has(key.replace(/\.(one|other)$/, '')) && !made.some((begin) => key.startsWith(begin)))
    assert.deepEqual(unused, [])
    for (const name of [...ORDINARY, ...PROTECTED]) assert(english[`class.${name}`], name)
  })

  it(`need reading grade ${MAX_GRADE} at most`, (context) => {
    const groups = Map.groupBy(Object.entries(english), ([key]) => key.split('.')[0] ?? '')
    const texts = new Map([...groups].map(([name, group]) => [name, group.map(([, text]) => shown(text).replace(/[^.?!:…]$/, '$&.')).join(' ')]))
    texts.set('all', [...texts.values()].join(' '))
    for (const [name, text] of texts) {
      if ((text.match(/\S+/g) ?? []).length < FEWEST_WORDS) continue
      const found = grade(text)
      context.diagnostic(`${name}: grade ${found.toFixed(1)}`)
      assert(found <= MAX_GRADE, `${name}: grade ${found.toFixed(1)}`)
    }
    for (const [key, text] of Object.entries(english)) {
      const words = shown(text).match(/\S+/g) ?? []
      if (words.length >= FEWEST_WORDS) assert(grade(shown(text)) <= MAX_GRADE, `${key}: grade ${grade(shown(text)).toFixed(1)}`)
    }
    // The measure itself tells hard from easy.
    assert(grade('Notwithstanding aforementioned authorisations, the institution retains discretionary jurisdiction over disclosures.') > 12)
  })

  it('say something of every error, in both languages', () => {
    for (const code of errorCodes) {
      const { what, next } = explain(new AegleError(code, 'something'))
      for (const language of ['en', 'de'] as const) {
        assert(wordsIn(language).say(what) && wordsIn(language).say(next), code)
      }
    }
    assert.equal(explain(new AegleError('contract-refused', 'no', { details: { reason: 'RequestOpen' } })).what, 'error.askedAlready')
    assert.equal(explain(new AegleError('limit', 'no', { details: { reason: 'too-many-blocks' } })).what, 'error.tooLong')
    assert.equal(explain(new AegleError('contract-refused', 'no', { details: { reason: 'Unknown' } })).what, 'error.refused')
    const refused = (reason: string) => explain(new AegleError('service-refused', 'no', { details: { reason } })).what
    assert.equal(refused('disconnected'), 'error.chain')
    assert.equal(refused('not-permitted'), 'error.notAllowed')
    assert.equal(refused('a-new-reason'), 'error.other')
    assert.equal(explain(new TypeError('broken')).what, 'error.other')
  })

  it('count in the form of the number', () => {
    const { count, known } = wordsIn('en')
    assert.equal(count('records.count', 1), '1 record')
    assert.equal(count('records.count', 5_000), '5,000 records')
    assert.equal(wordsIn('de').count('records.count', 5_000), '5.000 Einträge')
    const { date } = wordsIn('en')
    assert.deepEqual([date(new Date(43_200_000)), date(dateOf(2n ** 64n - 1n))], ['January 1, 1970', 'further notice'])
    assert.equal(known('type.Nothing'), undefined)
    assert.equal(known('toString'), undefined)
  })
})
