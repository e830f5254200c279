import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Account,
  type Aegle,
  connect,
  generateAccount,
  generatePhrase,
  nameRecoveryKey,
  type Patient,
  type Phrase,
  phraseFromWords,
  publishKeys,
  recover,
  setGuardians,
} from '@aegle/sdk'
import { failure } from './failure.ts'
import { World } from './world.ts'

const YEAR_MS = 365 * 24 * 3_600_000

describe('the recovery key of 24 words', () => {
  let world: World
  let aegle: Aegle
  let phrase: Phrase
  let ana: Patient
  let friend: Account
  let thief: Account

  before(async () => {
    world = await World.start()
    aegle = await connect(await world.where())
    phrase = generatePhrase()
    ana = phrase.patient()
    ;[friend, thief] = [generateAccount(), generateAccount()]
    for (const { id } of [ana.account, friend]) await world.fund(id)
    await publishKeys(aegle, { of: ana })
  })

  after(async () => {
    phrase?.destroy()
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  it('does nothing before it is named', async () => {
    const error = await failure(recover(aegle, { phrase, patient: ana.account.id, act: 'veto', by: friend }), 'phrase')
    assert.match(error.shortMessage, /which has none/)
    assert.equal(error.details['recovery'], null)
  })

  it('is named once, and no other one after it', async () => {
    const named = await nameRecoveryKey(aegle, { patient: ana, recovery: phrase.recoveryAccount })
    assert(named && named.block > 0)
    assert.equal(await nameRecoveryKey(aegle, { patient: ana, recovery: phrase.recoveryAccount }), null)
    const until = new Date(Date.now() + YEAR_MS)
    await setGuardians(aegle, { patient: ana, guardians: [friend.id], until })
    const other = await failure(nameRecoveryKey(aegle, { patient: ana, recovery: thief.id }), 'contract-refused')
    assert.equal(other.details['reason'], 'RecoveryKeyFixed')
    await failure(nameRecoveryKey(aegle, { patient: ana, recovery: '0x12' }), 'argument')
  })

  it('takes back what a thief of the keys wants, paid by anybody', async () => {
    const wanted = { patient: ana.account.id, act: 'veto', by: friend } as const
    const idle = await failure(recover(aegle, { ...wanted, phrase }), 'contract-refused')
    assert.equal(idle.details['reason'], 'NothingToVeto')
    // With the device's keys, which have no recovery key.
    await setGuardians(aegle, { patient: ana, guardians: [thief.id], until: new Date(Date.now() + YEAR_MS) })
    {
      using others = generatePhrase()
      const error = await failure(recover(aegle, { ...wanted, phrase: others }), 'phrase')
      assert.match(error.shortMessage, /which has another one/)
      assert.equal(error.details['recovery'], phrase.recoveryAccount)
    }
    // On another machine, from the paper.
    using paper = phraseFromWords(phrase.words())
    assert((await recover(aegle, { ...wanted, phrase: paper })).block > 0)
    const over = await failure(recover(aegle, { ...wanted, phrase: paper }), 'contract-refused')
    assert.equal(over.details['reason'], 'NothingToVeto')
    await failure(recover(aegle, { ...wanted, phrase: paper, act: 'follow' as 'veto' }), 'argument')
  })
})
