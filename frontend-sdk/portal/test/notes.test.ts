import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AegleError } from '@aegle/sdk'
import { explain } from '../src/errors.ts'
import { noteFrom, plainText } from '../src/sharing/notes.ts'

describe('a note', () => {
  it('shows nothing that turns a text around, ends a line or is not seen', () => {
    assert.equal(plainText('a\nb\r\tc\u0000d\u0085e'), 'a b  c d e')
    for (const mark of ['\u061C', '\u200E', '\u200F', ...'\u202A\u202B\u202C\u202D\u202E', ...'\u2066\u2067\u2068\u2069']) {
      assert.equal(plainText(`a${mark}b`), 'a b', mark.codePointAt(0)?.toString(16))
    }
    const written = '“Ihr Zucker” muss geprüft werden: 6,3 mmol/l, نعم'
    assert.equal(plainText(written), written)
  })

  it('of which a part is missing is a slip, and no fraud', () => {
    const note = { why: 'your sugar' }
    assert.deepEqual(noteFrom(` ${JSON.stringify(note)}\n`), note)
    for (const text of ['', 'no note', JSON.stringify(note).slice(0, -1), JSON.stringify(note).slice(1), 'null', '"why"', '[]', '3']) {
      assert.throws(
        () => noteFrom(text),
        (error) => {
          const { what, next, tampering } = explain(error)
          assert.deepEqual([what, next, tampering], ['error.partOfNote', 'error.partOfNote.next', false], text)
          return true
        },
      )
    }
    assert.equal(explain(new AegleError('argument', 'something else')).what, 'error.argument')
    assert.equal(explain(new AegleError('other-note', 'of another request')).what, 'error.otherNote')
  })
})
