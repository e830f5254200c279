import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Account, type Aegle, connect, developmentAccount, foretell, proposals, propose, type Receipt, vote } from '@aegle/sdk'
import { failure } from './failure.ts'
import { World } from './world.ts'

describe('what two members of the committee have to agree on', () => {
  let world: World
  let aegle: Aegle
  let alice: Account
  let bob: Account
  let hospital: number

  before(async () => {
    world = await World.start([], 0, [], 'Bob')
    aegle = await connect(await world.where())
    alice = developmentAccount('Alice')
    bob = developmentAccount('Bob')
    hospital = ((await world.addresses()) as unknown as { organisations: { hospital: number } }).organisations.hospital
  })

  after(async () => {
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  it('says that a vote counts though what it was enough for is refused, by number and by plan', async () => {
    // An organisation in good standing cannot be reinstated, which the contract sees when it is to do so.
    const plan = { kind: 'reinstate', organisation: hospital } as const
    assert.deepEqual(await step(alice, plan), ['propose', 'votes', 1])
    const { proposal } = await propose(aegle, { by: alice, plan })
    assert.deepEqual(await step(alice, plan), [null, 'votes', 1])
    assert.deepEqual(await step(bob, plan), ['vote', 'carried-out', 2])
    const error = await failure(vote(aegle, { by: bob, proposal: proposal ?? 0 }), 'not-carried-out')
    const [receipt, ...others] = error.details['receipts'] as readonly Receipt[]
    assert.deepEqual([error.details['proposal'], error.details['reason'], others], [proposal, 'WrongStanding', []])
    assert(receipt && receipt.block > 0 && receipt.fee > 0n)
    assert(error.shortMessage.startsWith(`your vote for proposal ${proposal} counts (block ${receipt.block}); carrying it out was refused: `))
    const [listed] = (await proposals(aegle)).proposals
    assert.deepEqual([listed?.proposal, listed?.state, listed?.votes], [proposal, 'enough', 2])
    // Nothing was done by who tries again.
    assert.equal((await failure(vote(aegle, { by: bob, proposal: proposal ?? 0 }), 'contract-refused')).details['reason'], 'WrongStanding')
    assert.deepEqual(await step(alice, plan), [null, 'carried-out', 2])

    const suspend = { kind: 'suspend', organisation: hospital } as const
    await propose(aegle, { by: alice, plan: suspend })
    assert.equal((await propose(aegle, { by: bob, plan: suspend })).done, true)
    const done = await vote(aegle, { by: alice, proposal: proposal ?? 0 })
    assert.deepEqual([done.done, done.receipts.length], [true, 1])

    await propose(aegle, { by: alice, plan })
    const again = await failure(propose(aegle, { by: bob, plan }), 'not-carried-out')
    assert.equal((again.details['receipts'] as readonly Receipt[]).length, 1)
  })

  it('says that a vote counts though the caller gave up before it was carried out', async () => {
    const plan = { kind: 'suspend', organisation: hospital } as const
    const { proposal } = await propose(aegle, { by: alice, plan })
    const patience = new AbortController()
    // Two transactions: what ends after the first one ends before the second.
    let sent = 0
    const onTransaction = (status: string) => status === 'finalized' && (sent += 1) === 1 && patience.abort()
    const given = vote(aegle, { by: bob, proposal: proposal ?? 0, signal: patience.signal, onTransaction })
    const error = await failure(given, 'not-carried-out')
    assert.deepEqual([(error.details['receipts'] as readonly Receipt[]).length, error.details['reason']], [1, undefined])
    assert.match(error.shortMessage, /^your vote for proposal \d+ counts \(block \d+\); whether it was carried out is not known: /)
    const [listed] = (await proposals(aegle)).proposals
    assert.deepEqual([listed?.proposal, listed?.votes], [proposal, 2])
    assert.equal((await vote(aegle, { by: bob, proposal: proposal ?? 0 })).done, true)
  })

  it('says of what waits for the time lock since when it has its votes', async () => {
    const plan = { kind: 'place', organisation: hospital, jurisdiction: 3 } as const
    await propose(aegle, { by: alice, plan })
    assert.deepEqual(await step(bob, plan), ['vote', 'time-lock', 2])
    const { notBefore } = await propose(aegle, { by: bob, plan })
    assert.deepEqual(await step(alice, plan), [null, 'time-lock', 2])
    assert.equal((await foretell(aegle, { by: alice, plan })).notBefore, notBefore)
  })

  const step = async (by: Account, plan: Parameters<typeof foretell>[1]['plan']) => {
    const { first, next, votes } = await foretell(aegle, { by, plan })
    return [first, next, votes]
  }
})
