import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import {
  type Aegle,
  type AegleError,
  type AegleErrorCode,
  connect,
  connectWallet,
  createCard,
  disclosures,
  generateAccount,
  generateReader,
  grants,
  type Patient,
  publishKeys,
  type Reader,
  register,
  search,
} from '@aegle/sdk'
import { Deployment } from '../pkg/aegle.js'
import { failure } from './failure.ts'
import { patientAndClinician } from './people.ts'
import { glucose } from './records.ts'
import { inject, TestWallet } from './wallet.ts'
import { World } from './world.ts'

/** How long a process may take to end after it has disconnected. */
const LEAVING_LIMIT_MS = 10_000

/** What an error says: its kind, what happened with the values in it, and what a program may want to know. */
interface Expected {
  readonly code: AegleErrorCode
  readonly says: RegExp
  readonly details?: { readonly [name: string]: unknown }
  /** The kind of the last cause, where something lies under it. */
  readonly cause?: RegExp
}

/** Fails unless the action does, and is told as it should be. */
async function told(action: Promise<unknown>, expected: Expected): Promise<AegleError> {
  const error = await failure(action, expected.code)
  assert.match(error.shortMessage, expected.says)
  assert.equal(error.docsPath, `docs/from-a-dapp.md#${expected.code}`)
  assert.equal(error.message, `${error.shortMessage}\n${error.hint}\nSee ${error.docsPath}`)
  assert(error.hint.length > 10, error.hint)
  for (const [name, value] of Object.entries(expected.details ?? {})) assert.deepEqual(error.details[name], value, name)
  const last = error.walk()
  assert(last instanceof Error, String(last))
  if (expected.cause) assert.match(String(last), expected.cause)
  return error
}

describe('what fails is told rightly', { timeout: 900_000 }, () => {
  let world: World
  let aegle: Aegle
  let ana: Patient
  let mia: Reader

  before(async () => {
    world = await World.start()
    aegle = await connect(await world.where())
    ;[ana, mia] = await patientAndClinician(world, aegle)
    await world.ingest(await createCard(aegle, { patient: ana, custodian: world.hospital }), [glucose])
  })

  after(async () => {
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  it('a network that the address book does not name', async () => {
    const where = await world.where()
    const genesis = `0x${'11'.repeat(32)}`
    await told(connect({ ...where, addresses: { ...where.addresses, genesis } }), {
      code: 'other-network',
      says: new RegExp(`is of the chain ${aegle.contracts.genesis}, and the address book of ${genesis}`),
      details: { found: aegle.contracts.genesis, expected: genesis },
    })
  })

  it('a node that has not caught up, and not a contract that is missing', async () => {
    const where = await world.where()
    const chain = await world.emptyNode()
    const first = where.addresses.first_block ?? 0
    // It seals a block now and then by itself.
    const behind = await told(connect({ ...where, chain }), {
      code: 'stale-node',
      says: new RegExp(`the node at ${chain} has finalized block \\d+, and the contracts of the address book begin after block ${first}`),
      details: { url: chain, needed: first + 1 },
    })
    assert(Number(behind.details['node']) <= first, String(behind.details['node']))
    // An address book without that number has the indexer's word.
    const { first_block: _, ...addresses } = where.addresses
    const error = await told(connect({ ...where, addresses, chain }), {
      code: 'stale-node',
      says: /has finalized block \d+, and the indexer’s node block \d+: at most 2 blocks may lie between them/,
      details: { most: 2 },
    })
    assert(Number(error.details['indexer']) > Number(error.details['node']) + 2)
  })

  it('a contract that is not there', async () => {
    const where = await world.where()
    const nobody = `0x${'11'.repeat(32)}`
    await told(connect({ ...where, addresses: { ...where.addresses, consent: nobody } }), {
      code: 'no-contract',
      says: new RegExp(`no contract at ${nobody}, where the address book has consent`),
      details: { contract: nobody, name: 'consent' },
    })
  })

  it('contracts that the indexer does not serve', async () => {
    const where = await world.where()
    const addresses = { ...where.addresses, consortium: where.addresses.ledger }
    await told(connect({ ...where, addresses }), { code: 'other-deployment', says: /the indexer serves another deployment/ })
  })

  it('a contract of another release, which does not know what it is asked', async () => {
    const { contracts, indexer } = aegle
    using deployment = new Deployment(JSON.stringify({ ...contracts, consortium: contracts.ledger }), JSON.stringify(indexer), '[]')
    await told(register({ ...aegle, deployment }, { as: mia }), {
      code: 'other-contract',
      says: new RegExp(`the contract at ${contracts.ledger} does not know the message \`register_patient\``),
    })
  })

  it('a signature that the user does not give', async () => {
    const wallet = await TestWallet.create()
    inject(wallet)
    await world.fund(wallet.address)
    const account = await connectWallet(aegle, { wallet: 'polkadot-js', application: 'test' })
    wallet.answer = 'no'
    await told(register(aegle, { as: account }), {
      code: 'signature-rejected',
      says: /the wallet has not signed the transaction: Cancelled/,
      cause: /Cancelled/,
    })
  })

  it('an account without funds', async () => {
    using poor = generateReader(generateAccount())
    await told(publishKeys(aegle, { of: poor }), { code: 'no-funds', says: /balance too low|funds|StorageDeposit/ })
  })

  it('a search without a grant', async () => {
    const asked = search(aegle, { by: mia, patient: ana.account.id, domain: world.domain, query: '*' })
    const error = await told(asked, { code: 'service-refused', says: /refused/, details: { reason: 'not-permitted' } })
    assert.match(error.hint, /^Ask the patient for a grant/)
  })

  it('an indexer that is silent, within half a minute', async () => {
    await world.signal('aegle-indexer', 'SIGSTOP')
    try {
      await told(connect(await world.where()), {
        code: 'service-unreachable',
        says: new RegExp(`the server at ${world.indexer} has not answered within 30 seconds`),
        details: { url: world.indexer, limitMs: 30_000 },
        cause: /no answer within 30 seconds/,
      })
    } finally {
      await world.signal('aegle-indexer', 'SIGCONT')
    }
    const again = await connect(await world.where())
    await again.disconnect()
  })

  it('a node that is silent, within 20 seconds; and the connection works again when it speaks', async () => {
    await world.signal('aegle-devchain', 'SIGSTOP')
    try {
      const silent = { code: 'chain-unavailable', details: { url: world.chain, limitMs: 20_000 }, cause: /no answer within 20 seconds/ } as const
      await Promise.all([
        told(grants(aegle, { of: ana }), { ...silent, says: new RegExp(`the node at ${world.chain} has not answered within 20 seconds`) }),
        told(connect(await world.where()), { ...silent, says: new RegExp(`the node at ${world.chain} could not be reached within 20 seconds`) }),
      ])
    } finally {
      await world.signal('aegle-devchain', 'SIGCONT')
    }
    assert.deepEqual((await grants(aegle, { of: ana })).grants, [])
  })

  it('nothing that holds the process after `disconnect`, though the node is silent', async () => {
    const child = world.script('leaving.ts', JSON.stringify(await world.where()))
    let said = ''
    child.stdout?.on('data', (text) => (said += String(text)))
    while (!said.includes('connected')) await once(child.stdout!, 'data')
    await world.signal('aegle-devchain', 'SIGSTOP')
    try {
      const ended = once(child, 'exit')
      child.stdin?.write('go\n')
      const timer = setTimeout(() => child.kill('SIGKILL'), LEAVING_LIMIT_MS)
      const [code, signal] = (await ended) as [number | null, string | null]
      clearTimeout(timer)
      assert.deepEqual([code, signal], [0, null], said)
      assert.match(said, /disconnected/)
    } finally {
      await world.signal('aegle-devchain', 'SIGCONT')
    }
  })

  it('an indexer whose database another one has taken', async () => {
    await world.signal('aegle-indexer', 'SIGSTOP')
    await world.takeOver()
    // What it is asked while it sleeps, it answers when it wakes up; by then it may change nothing any more.
    const asked = Array.from({ length: 8 }, () => failure(disclosures(aegle, { patient: ana })))
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await world.signal('aegle-indexer', 'SIGCONT')
    const errors = await Promise.all(asked)
    const fenced = errors.filter(({ code }) => code === 'indexer-fenced')
    assert(fenced.length > 0, errors.map(({ message }) => message).join('\n'))
    for (const { hint, docsPath } of fenced) {
      assert.match(hint, /connect to that one/)
      assert.equal(docsPath, 'docs/from-a-dapp.md#indexer-fenced')
    }
  })

  it('an indexer that is gone, at once', async () => {
    await world.signal('aegle-indexer', 'SIGKILL')
    await told(connect(await world.where()), {
      code: 'service-unreachable',
      says: new RegExp(`the service at ${world.indexer} does not answer`),
      details: { url: world.indexer },
      cause: /ECONNREFUSED|ECONNRESET/,
    })
  })

  it('a node that is gone: a new connection at once, the old one within 20 seconds', async () => {
    await world.signal('aegle-devchain', 'SIGKILL')
    const [kept] = await Promise.all([
      told(grants(aegle, { of: ana }), {
        code: 'chain-unavailable',
        says: new RegExp(`the node at ${world.chain} could not be reached within 20 seconds`),
        details: { url: world.chain, limitMs: 20_000 },
      }),
      told(connect(await world.where()), {
        code: 'chain-unavailable',
        says: new RegExp(`the node at ${world.chain} cannot be reached: .*ECONNREFUSED`),
        details: { url: world.chain },
        cause: /ECONNREFUSED/,
      }),
    ])
    assert.match(kept.hint, /Look whether the node runs/)
    // A transaction that is not sent is not said to be on its way.
    await failure(register(aegle, { as: mia }), 'chain-unavailable')
  })

  it('what is used after it was disconnected', async () => {
    const waiting = failure(grants(aegle, { of: ana }), 'closed')
    await aegle.disconnect()
    await waiting
    await aegle.disconnect()
    await told(grants(aegle, { of: ana }), { code: 'closed', says: /ended by `disconnect`/ })
  })
})
