import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Aegle, type AegleError, connect, disclosures, generateAccount, generatePatient, grants, type Patient, publishKeys, search } from '@aegle/sdk'
import { failure } from './failure.ts'
import { Line } from './line.ts'
import { World } from './world.ts'

/** How many blocks a node may be behind. */
const MAX_LAG_BLOCKS = 50

/** Checks that an error says what happened, with these values, and what to do next. */
function says(error: AegleError, sentence: RegExp, hint: RegExp): void {
  assert.match(error.shortMessage, sentence)
  assert.match(error.hint, hint)
  assert.equal(error.message, `${error.shortMessage}\n${error.hint}\nSee ${error.docsPath}`)
}

describe('what fails says what, and what to do', () => {
  let world: World
  let aegle: Aegle
  let ana: Patient

  before(async () => {
    world = await World.start()
    aegle = await connect(await world.where())
    ana = generatePatient(generateAccount())
    await world.fund(ana.account.id)
    await publishKeys(aegle, { of: ana })
  })

  after(async () => {
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  it('another network', async () => {
    const where = await world.where()
    const genesis = `0x${'11'.repeat(32)}`
    const error = await failure(connect({ ...where, addresses: { ...where.addresses, genesis } }), 'other-network')
    says(error, new RegExp(`^the node at ${where.chain} is of the chain 0x[0-9a-f]{64}, and the address book of ${genesis}$`), /Connect to a node of the chain/)
  })

  it('a contract that is not there', async () => {
    const where = await world.where()
    const consent = `0x${'11'.repeat(32)}`
    const error = await failure(connect({ ...where, addresses: { ...where.addresses, consent } }), 'no-contract')
    says(error, new RegExp(`^there is no contract at ${consent}, where the address book has consent$`), /address book is of this chain/)
  })

  it('other contracts than the indexer’s', async () => {
    const where = await world.where()
    const { consent, ledger } = where.addresses
    const swapped = { ...where.addresses, consent: ledger, ledger: consent }
    says(await failure(connect({ ...where, addresses: swapped }), 'other-deployment'), /serves another deployment/, /deployment that the indexer serves/)
  })

  it('a node that is far behind', async () => {
    const blocks = MAX_LAG_BLOCKS + 1 - (await aegle.chain.finalized()).number
    for (let block = 0; block < blocks; block += 1) await world.fund(ana.account.id)
    // A node that has just been started has no block, and no contract either.
    const chain = await world.emptyChain()
    const error = await failure(connect({ ...(await world.where()), chain }), 'stale-node')
    says(error, new RegExp(`^the node at ${chain} has finalized block 0, and the indexer’s node block \\d+$`), /Use another node/)
    assert.equal(error.details['most'], MAX_LAG_BLOCKS)
  })

  it('nobody at the address of a node or a server', async () => {
    const where = await world.where()
    const nowhere = 'ws://127.0.0.1:1'
    const chain = await failure(connect({ ...where, chain: nowhere }), 'chain-unavailable')
    says(chain, /^the chain at ws:\/\/127\.0\.0\.1:1 does not answer$/, /Look whether the node runs/)
    const servers = { ...where.addresses.servers, 'http://127.0.0.1:1': { account: world.hospital } }
    const dead = { ...where, addresses: { ...where.addresses, servers }, indexer: 'http://127.0.0.1:1' }
    const indexer = await failure(connect(dead), 'service-unreachable')
    says(indexer, /^the service at http:\/\/127\.0\.0\.1:1 does not answer$/, /whether the server runs/)
  })

  it('an account without funds', async () => {
    using poor = generateAccount()
    const error = await failure(publishKeys(aegle, { of: generatePatient(poor) }), 'no-funds')
    says(error, /balance too low|funds/, /^Send funds to the account/)
  })

  it('a line that breaks: what did not arrive is sent again, and nothing twice', async () => {
    await using line = await Line.to(world.indexer)
    const where = await world.where()
    const proxy = where.addresses.servers?.[world.indexer]?.account ?? ''
    const servers = { ...where.addresses.servers, [line.url]: { account: proxy } }
    const through = await connect({ ...where, addresses: { ...where.addresses, servers }, indexer: line.url })
    line.breaks.before = 2
    assert.deepEqual(await disclosures(through, { patient: ana }), [])
    assert.equal(line.breaks.before, 0)
    line.breaks.before = 3
    says(await failure(disclosures(through, { patient: ana }), 'service-unreachable'), new RegExp(line.url), /whether the server runs/)
    line.breaks = { before: 0, after: 1 }
    await failure(disclosures(through, { patient: ana }), 'service-unreachable')
    assert.equal(line.breaks.after, 0)
    assert.deepEqual(await disclosures(through, { patient: ana }), [])
    await through.disconnect()
  })

  it('a node that falls silent, and comes back', async () => {
    await world.signal('aegle-devchain', 'SIGSTOP')
    const error = await failure(grants(aegle, { of: ana }), 'chain-unavailable')
    says(error, /does not answer|no answer|node/, /Look whether the node runs/)
    assert.match(String(error.walk()), /no answer within 20 seconds/)
    await world.signal('aegle-devchain', 'SIGCONT')
    assert.deepEqual((await grants(aegle, { of: ana })).grants, [])
  })

  it('an indexer that is dead', async () => {
    await world.signal('aegle-indexer', 'SIGKILL')
    const error = await failure(search(aegle, { by: ana, domain: world.domain, query: '*' }))
    // The domain has no batch, which the chain says before anybody is asked.
    assert.equal(error.code, 'no-batch')
    const keys = await failure(publishKeys(aegle, { of: ana }), 'service-unreachable')
    says(keys, new RegExp(`^the service at ${world.indexer} does not answer$`), /whether the server runs/)
    assert.equal(keys.details['url'], world.indexer)
  })

  it('a node that is dead', async () => {
    await world.signal('aegle-devchain', 'SIGKILL')
    says(await failure(grants(aegle, { of: ana }), 'chain-unavailable'), /node|chain/, /Look whether the node runs/)
  })
})
