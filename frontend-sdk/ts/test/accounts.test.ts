import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { accountFromPhrase, accountId, generateAccount, generatePatient, generateReader, init, patientFromPhrase } from '@aegle/sdk'

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

it('brings a patient back from 24 words', () => {
  using account = generateAccount()
  const patient = generatePatient(account)
  const words = patient.exportPhrase()
  assert.equal(words.split(' ').length, 24)
  assert.deepEqual(patientFromPhrase(account, words).exportSecret(), patient.exportSecret())
  assert.throws(() => patientFromPhrase(account, words.replace(/^\S+/, 'no-word')), { code: 'phrase' })
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
