import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { init } from '@aegle/sdk'
import { forgetKeys, keysFromWords } from '../src/people/words.ts'

const WORDS = `${'abandon '.repeat(23)}art`

before(() => init())

it('makes all keys of the same words, each another one, and the same ones each time', () => {
  const [once, again] = [keysFromWords(WORDS), keysFromWords(`  ${WORDS.replaceAll(' ', '\n')} `)]
  const secrets = ({ patient, reader }: typeof once) =>
    [patient.exportSecret(), patient.account.exportSeed(), reader.exportSecret(), reader.account.exportSeed()].map((bytes) => Buffer.from(bytes).toString('hex'))
  assert.deepEqual(secrets(once), secrets(again))
  // None of them is what the words encode: 32 bytes of 0.
  assert.equal(new Set([...secrets(once), '0'.repeat(64)]).size, 5)
  forgetKeys(again)
  assert.throws(() => again.patient.exportSecret())
  assert.throws(() => keysFromWords(WORDS.replace('art', 'abandon')), { code: 'phrase' })
})
