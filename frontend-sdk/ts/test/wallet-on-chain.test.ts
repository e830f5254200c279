import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Account, type Aegle, connect, connectWallet, register } from '@aegle/sdk'
import { failure } from './failure.ts'
import { inject, TestWallet } from './wallet.ts'
import { World } from './world.ts'

describe('a wallet signs transactions', () => {
  let world: World
  let aegle: Aegle
  let wallet: TestWallet
  let account: Account

  before(async () => {
    world = await World.start()
    aegle = await connect(await world.where())
    wallet = await TestWallet.create()
    inject(wallet)
    await world.fund(wallet.address)
  })

  after(async () => {
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  const asked = { wallet: 'polkadot-js', application: 'test' }

  it('is not connected when its user says no, or it signs with another key', async () => {
    wallet.answer = 'no'
    const rejected = await failure(connectWallet(aegle, asked), 'signature-rejected')
    assert.equal(rejected.shortMessage, 'the wallet has not signed the session: Cancelled')
    wallet.answer = 'with-another-key'
    await failure(connectWallet(aegle, asked), 'signature-wrong')
    wallet.answer = 'yes'
    account = await connectWallet(aegle, asked)
    assert.equal(account.address, wallet.address)
    assert((account.sessionEnds?.getTime() ?? 0) > Date.now())
    await assert.rejects(async () => account.exportSeed(), { code: 'argument' })
  })

  it('sends nothing when its user says no, and one transaction when they say yes', async () => {
    wallet.asked.length = 0
    wallet.answer = 'no'
    const rejected = await failure(register(aegle, { as: account }), 'signature-rejected')
    assert.equal(rejected.shortMessage, 'the wallet has not signed the transaction: Cancelled')
    wallet.answer = 'yes'
    const { fee } = await register(aegle, { as: account })
    assert(fee > 0n)
    assert.deepEqual(wallet.asked.map(({ kind }) => kind), ['transaction', 'transaction'])
    // The chain has it as the wallet's own.
    await failure(register(aegle, { as: account }), 'contract-refused')
    assert.equal(wallet.asked.length, 2, 'what would be refused is not asked for')
  })
})
