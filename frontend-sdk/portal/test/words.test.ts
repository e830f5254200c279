import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { init } from '@aegle/sdk'
import { forgetKeys, keysFromWords } from '../src/people/words.ts'

const WORDS = `${'abandon '.repeat(23)}art`

before(() => init())

it('makes all keys of the same words, each another one, and the same ones each time', async () => {
  const [once, again] = [await keysFromWords(WORDS), await keysFromWords(`  ${WORDS.replaceAll(' ', '\n')} `)]
  const secrets = ({ patient, reader }: typeof once) =>
    [patient.exportSecret(), patient.account.exportSeed(), reader.exportSecret(), reader.account.exportSeed()].map((bytes) => Buffer.from(bytes).toString('hex'))
  assert.deepEqual(secrets(once), secrets(again))
  assert.equal(new Set(secrets(once)).size, 4)
  // The master secret is the words’ own: the command line makes the same of them.
  assert.equal(once.patient.exportPhrase(), WORDS)
  forgetKeys(again)
  assert.throws(() => again.patient.exportPhrase())
  await assert.rejects(keysFromWords(WORDS.replace('art', 'abandon')), { code: 'phrase' })
})
