import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Account, type Aegle, connect, connectWallet, register } from '@aegle/sdk'
import { failure } from './failure.ts'
import { TestWallet } from './wallet.ts'
import { World } from './world.ts'

/** A wallet as the convention of `injectedWeb3` has it, where there is no browser. */
function inject(wallet: TestWallet): void {
  const ask = async (kind: 'text' | 'transaction', payload: object) => {
    const answer = wallet.sign(kind, JSON.stringify(payload))
    if ('error' in answer) throw new Error(answer.error)
    return { id: 1, ...answer }
  }
  const signer = { signRaw: (raw: object) => ask('text', raw), signPayload: (payload: object) => ask('transaction', payload) }
  const accounts = { get: async () => [{ address: wallet.address, type: 'sr25519' }] }
  Object.assign(globalThis, { injectedWeb3: { 'polkadot-js': { version: '0.58.1', enable: async () => ({ accounts, signer }) } } })
}

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
