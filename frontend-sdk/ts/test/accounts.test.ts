import assert from 'node:assert/strict'
import { hkdfSync } from 'node:crypto'
import { before, it } from 'node:test'
import { accountFromPhrase, accountFromSeed, accountId, generateAccount, generatePatient, generatePhrase, generateReader, init, phraseFromWords } from '@aegle/sdk'

/** The phrase of every development chain, and the account that wallets make of it without a path. */
const PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk'
const ROOT = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV'

before(() => init())

it('derives the account of a phrase as wallets do', async () => {
  const account = await accountFromPhrase(`  ${PHRASE.replaceAll(' ', '\n')} `)
  assert.equal(account.address, ROOT)
  assert.equal(accountId('it', ROOT), account.id)
  await assert.rejects(accountFromPhrase(PHRASE.replace('walk', 'bottom')), { code: 'phrase' })
  assert.notEqual((await accountFromPhrase(PHRASE, 'password')).id, account.id)
})

/** 32 bytes of 0x7f, in the reference vectors of BIP-39. */
const WORDS = `${'legal winner thank year wave sausage worth useful '.repeat(3).trim().replace(/useful$/, 'title')}`

/** What follows from a seed by the HKDF of Node.js, which shares no code with ours. */
function derived(seed: Uint8Array, name: string): Uint8Array {
  const tag = Buffer.from(`aegle/seed/${name}/v1`)
  const information = Buffer.concat([Buffer.of(0, 0, 0, tag.length), tag])
  return new Uint8Array(hkdfSync('sha512', seed, 'aegle/seed/v1', information, 32))
}

it('brings account and patient back from 24 words, as RFC 5869 derives them', () => {
  using fresh = generatePhrase()
  const words = fresh.words()
  assert.equal(words.split(' ').length, 24)
  using again = phraseFromWords(`  ${words.toUpperCase().replaceAll(' ', '\n')} `)
  const [patient, same] = [fresh.patient(), again.patient()]
  assert.equal(same.account.id, patient.account.id)
  assert.deepEqual(same.exportSecret(), patient.exportSecret())
  assert.equal(again.recoveryAccount, fresh.recoveryAccount)

  using known = phraseFromWords(WORDS)
  const seed = new Uint8Array(32).fill(0x7f)
  const [ana, reader] = [known.patient(), known.reader()]
  assert.deepEqual(ana.exportSecret(), derived(seed, 'master'))
  assert.deepEqual(ana.account.exportSeed(), derived(seed, 'account'))
  assert.equal(known.recoveryAccount, accountFromSeed(derived(seed, 'recovery')).id)
  assert.deepEqual(reader.account.exportSeed(), derived(seed, 'reader-account'))
  assert.deepEqual(reader.exportSecret(), derived(seed, 'reader-encryption'))
  const accounts = [ana.account.id, reader.account.id, known.recoveryAccount, patient.account.id]
  assert.equal(new Set(accounts).size, accounts.length)

  // Whose account is in a wallet has the same master secret, and the wallet’s account.
  const wallet = generateAccount()
  assert.equal(known.patient(wallet).account.id, wallet.id)
  assert.deepEqual(known.patient(wallet).exportSecret(), ana.exportSecret())
})

it('says what is wrong with words', () => {
  const refused = (words: string, message: RegExp) => assert.throws(() => phraseFromWords(words), { code: 'phrase', message })
  refused(PHRASE, /these are 12 words, and a phrase has 24/)
  refused(WORDS.replace('winner', 'winer'), /word 2 is not in BIP-39's English list/)
  refused(WORDS.replace('title', 'useful'), /do not belong together/)
  refused('', /these are 0 words/)
})

it('gives no words once they are destroyed, and the keys stay', () => {
  const phrase = generatePhrase()
  const patient = phrase.patient()
  phrase.destroy()
  assert.throws(() => phrase.words())
  assert.throws(() => phrase.patient())
  assert.equal(patient.exportSecret().length, 32)
})

it('does not sign after it was destroyed', () => {
  const account = generateAccount()
  account.destroy()
  assert.throws(() => account.exportSeed())
})

it('is destroyed however often that is asked for', () => {
  const [patient, reader] = [generatePatient(generateAccount()), generateReader(generateAccount())]
  for (const one of [patient, reader, patient, reader]) one.destroy()
  assert.throws(() => patient.exportSecret())
})

it('tells what is no account', () => {
  for (const text of ['', 'Alice', '0x12', `${ROOT}x`]) {
    assert.throws(() => accountId('the grantee', text), { code: 'argument' }, text)
  }
})
