import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import {
  type Account,
  accountId,
  activatePatient,
  type Aegle,
  AegleError,
  approve,
  breakGlass,
  closeGlass,
  connect,
  connectWallet,
  createCard,
  decline,
  generateAccount,
  generatePatient,
  generateReader,
  grant,
  grants,
  guardianAct,
  type Hex,
  nameOrganisation,
  open,
  type Patient,
  publishKeys,
  type Reader,
  register,
  request,
  requests,
  revoke,
  revokeAll,
  search,
  setGuardians,
  withdrawRequest,
} from '@aegle/sdk'
import { withoutTokens } from '../examples/tasks/withoutTokens.ts'
import { failure } from './failure.ts'
import { glucose, pulse } from './records.ts'
import { inject, TestWallet } from './wallet.ts'
import { type Changes, Way } from './way.ts'
import { World } from './world.ts'

const DAY_MS = 24 * 3_600_000
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS)
/** How many acts of one key the indexer pays for a day. */
const ACTS_A_DAY = 20
const RELAY = '/v1/relay'

/** What an indexer answers that does not do what it was asked. */
function refusal(status: number, code: string, reason: string) {
  return { status, body: { type: 'about:blank', status, title: 'it does not', code, reason, detail: 'said by the test' } }
}

/** Lets time pass a hundred times as fast, for limits of minutes. */
async function quickly<T>(action: () => Promise<T>): Promise<T> {
  const real = Date.now
  const began = real()
  Date.now = () => began + (real() - began) * 100
  try {
    return await action()
  } finally {
    Date.now = real
  }
}

describe('acts that the indexer submits and pays for', { timeout: 900_000 }, () => {
  let world: World
  /** Over which everybody pays for themselves. */
  let paying: Aegle
  /** Over which the indexer pays. */
  let relayed: Aegle
  let hospital: number
  let [admin, mother, father]: Account[] = []
  let ana: Patient
  let ben: Patient
  let mia: Reader

  /** What an account has, and how many transactions it has sent. */
  const account = async (id: Hex) => {
    const { data, nonce } = await paying.chain.client.query.system.account(id)
    return { free: data.free, nonce }
  }
  const given = async (patient: Patient) => (await grants(paying, { of: patient })).grants.length
  /** A connection that the indexer pays, by way of somebody who changes what passes. */
  const byWayOf = async (changes: Changes) => {
    const way = await Way.to(world.indexer, changes)
    const where = await world.where()
    const servers = { ...where.addresses.servers, [way.url]: { account: paying.indexer.account } }
    const aegle = await connect({ ...where, addresses: { ...where.addresses, servers }, indexer: way.url, relay: true }).catch(
      async (error: unknown) => {
        await way[Symbol.asyncDispose]()
        throw error
      },
    )
    return { aegle, [Symbol.asyncDispose]: async () => void (await aegle.disconnect(), await way[Symbol.asyncDispose]()) }
  }
  /** The same with a relayer that answers by itself. */
  const relayer = (answer: (asked: Buffer) => ReturnType<NonNullable<Changes['instead']>>) =>
    byWayOf({ instead: (path, asked) => (path === RELAY ? answer(asked) : undefined) })

  before(async () => {
    const relaying = ['--relayer-key', './relayer.seed', '--relay-uninvited', '100', '--relay-calls-of-one', String(ACTS_A_DAY)]
    world = await World.start([], 0, relaying)
    paying = await connect(await world.where())
    relayed = await connect({ ...(await world.where()), relay: true })
    ;[ana, ben] = [generatePatient(generateAccount()), generatePatient(generateAccount())]
    ;[admin, mother, father] = [generateAccount(), generateAccount(), generateAccount()]
    mia = generateReader(generateAccount())
    for (const id of [admin!.id, mia.account.id]) await world.fund(id)
    const { organisations } = (await world.addresses()) as unknown as { organisations: { hospital: number } }
    hospital = organisations.hospital
    const role = ['--account', admin!.id, '--role', 'organisation-admin', '--organisation', String(hospital)]
    await world.aegle('--development', 'Alice', 'consortium', 'role', ...role)
    await world.clinician(mia.account.id)
    await publishKeys(paying, { of: mia })
  })

  after(async () => {
    await relayed?.disconnect()
    await paying?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  afterEach(async () => {
    for (const { id } of [ana.account, ben.account, mother!, father!]) {
      assert.deepEqual(await account(id), { free: 0n, nonce: 0 }, 'who has no tokens needs none')
    }
  })

  it('says who pays, and connects to nobody who does not', async () => {
    assert.deepEqual([paying.relayed, relayed.relayed, paying.relayer?.actsADay], [false, true, ACTS_A_DAY])
    assert.deepEqual(relayed.relayer, paying.relayer)
    const without = (path: string, body: string) => (path === '/v1/status' ? JSON.stringify({ ...JSON.parse(body), relayer: null }) : body)
    const off = await failure(byWayOf({ answer: without }), 'relayer-off')
    assert.match(off.shortMessage, /^the indexer at http:\/\/127.0.0.1:\d+ relays no acts$/)
  })

  it('does nothing while the account that pays has nothing', async () => {
    const error = await failure(register(relayed, { as: ana, organisation: hospital }), 'relayer-without-funds')
    assert.match(error.hint, /^It was not done so far; .* Tell the indexer’s operator/)
    await world.fund(relayed.relayer!.account)
  })

  it('registers a patient, for whom nothing else is paid until the organisation vouches', async () => {
    const until = await withoutTokens(await world.where(), ana.account, hospital)
    assert(until && until.getTime() > Date.now())
    const early = await failure(publishKeys(relayed, { of: ana }), 'relay-refused')
    assert.equal(early.details['reason'], 'not-activated')
    assert.match(early.hint, /activatePatient/)
    await activatePatient(paying, { by: admin!, patient: ana.account.id })
    const receipts = await publishKeys(relayed, { of: ana })
    assert.deepEqual(receipts.map(({ fee, deposit, block }) => [fee, deposit, block > 0]), [[0n, 0n, true], [0n, 0n, true]])
  })

  it('has the contract’s refusal be the contract’s, and asks the relayer for nothing', async () => {
    let asked = 0
    await using way = await relayer(() => ((asked += 1), undefined))
    const error = await failure(register(way.aegle, { as: ana, organisation: hospital }), 'contract-refused')
    assert.equal(error.details['reason'], 'AlreadyRegistered')
    const unknown = await failure(decline(way.aegle, { patient: ana, requester: mia.account.id }), 'contract-refused')
    assert.equal(unknown.details['reason'], 'UnknownRequest')
    assert.equal(asked, 0)
  })

  it('grants, so that a clinician finds and opens, and revokes', async () => {
    await world.ingest(await createCard(relayed, { patient: ana, custodian: world.hospital }), [glucose, pulse])
    const statuses: string[] = []
    const granted = await grant(relayed, {
      patient: ana, to: mia.account.id, purposes: ['TREAT'], classes: ['laboratory'], until: inDays(30),
      onTransaction: (status) => statuses.push(status),
    })
    assert.deepEqual(statuses, ['signing', 'sent', 'finalized'])
    assert.deepEqual([granted.receipt.fee, granted.receipt.deposit, granted.undelivered], [0n, 0n, []])
    const { hits } = await search(paying, { by: mia, patient: ana.account.id, domain: world.domain, query: 'glucose' })
    const record = await open(paying, { by: mia, record: hits[0]!.record })
    assert.deepEqual(record.json(), glucose)
    assert.equal((await revoke(relayed, { patient: ana, grant: granted.grant, from: mia.account.id })).fee, 0n)
    await failure(search(paying, { by: mia, patient: ana.account.id, domain: world.domain, query: 'glucose' }), 'service-refused')
  })

  it('answers requests, and ends an emergency', async () => {
    const wish = { by: mia, patient: ana.account.id, until: inDays(7), why: 'a cough' }
    await request(paying, wish)
    const approved = await approve(relayed, { patient: ana, requester: mia.account.id })
    assert.equal(approved.receipt.fee, 0n)
    await request(paying, wish)
    await decline(relayed, { patient: ana, requester: mia.account.id })
    assert.deepEqual((await requests(paying, { of: ana })).requests, [])
    await breakGlass(paying, { by: mia, patient: ana.account.id, reason: 1, why: 'unconscious' })
    assert.equal((await closeGlass(relayed, { patient: ana, clinician: mia.account.id })).fee, 0n)
  })

  it('lets guardians act together, none of whom has tokens', async () => {
    const guardians = [mother!.id, father!.id]
    await setGuardians(relayed, { patient: ana, guardians, threshold: 2, until: inDays(300) })
    const act = { patient: ana.account.id, deed: { act: 'revoke-all' } } as const
    const first = await guardianAct(relayed, { by: mother!, ...act })
    assert.deepEqual([first.done, first.votes, first.threshold], [false, 1, 2])
    assert.equal(await given(ana), 1)
    const second = await guardianAct(relayed, { by: father!, ...act })
    assert.deepEqual([second.done, second.receipt.fee], [true, 0n])
    assert.equal(await given(ana), 0)
  })

  it('does two acts at the same time one after the other', async () => {
    const receipts = await Promise.all([revokeAll(relayed, { patient: ana }), revokeAll(relayed, { patient: ana })])
    assert.equal(new Set(receipts.map(({ transaction }) => transaction)).size, 2)
  })

  it('relays what nobody but patients, guardians and recovery keys do', async () => {
    const vouching = await failure(activatePatient(relayed, { by: admin!, patient: ana.account.id }), 'not-relayed')
    assert.equal(vouching.details['message'], 'activate_patient')
    assert.match(vouching.hint, /without `relay`/)
    await failure(withdrawRequest(relayed, { by: mia, patient: ana.account.id }), 'not-relayed')
  })

  it('believes no relayer who says that it is done', async () => {
    const places: { block: { number: number; hash: Hex }; extrinsic: number }[] = []
    const answer = (path: string, body: string) => {
      if (path === RELAY) places.push((JSON.parse(body) as { place: (typeof places)[0] }).place)
      return body
    }
    {
      await using honest = await byWayOf({ answer })
      await revokeAll(honest.aegle, { patient: ana })
    }
    const [{ block, extrinsic }] = places as [(typeof places)[0]]
    const { hash } = await paying.chain.finalized()
    const lies = {
      'where another act was done': { block, extrinsic },
      'by no transaction of the block': { block, extrinsic: 99 },
      'by a transaction that calls no contract': { block, extrinsic: 0 },
      'in a block of another number': { block: { ...block, number: block.number - 1 }, extrinsic },
      'in a block that is not there': { block: { ...block, hash: hash.replace(/..$/, hash.endsWith('00') ? '01' : '00') }, extrinsic },
    }
    for (const [lie, place] of Object.entries(lies)) {
      await using way = await relayer(() => ({ status: 200, body: { place } }))
      const wish = { patient: ana, to: mia.account.id, purposes: ['TREAT'] as const, until: inDays(1) }
      const error = await failure(grant(way.aegle, wish), 'relay-forged')
      assert.deepEqual([error.tampering, error.details['block']], [true, place.block.number], lie)
      assert.match(error.hint, /^Do not trust this indexer/)
    }
    assert.equal(await given(ana), 0)
  })

  it('says what is not known, and why', async () => {
    const { number, hash } = await paying.chain.finalized()
    const cases = {
      'relay-not-taken': { answer: { status: 200, body: { place: null } }, says: /and the chain does not show it/ },
      'relay-pending': { answer: refusal(503, 'internal', 'relay-pending'), says: /was not final in time/ },
      'relay-node-behind': {
        answer: { status: 200, body: { place: { block: { number: number + 1_000, hash }, extrinsic: 1 } } },
        says: new RegExp(`the node has not finalized block ${number + 1_000}`),
      },
    }
    for (const [reason, { answer, says }] of Object.entries(cases)) {
      await using way = await relayer(() => answer)
      const error = await failure(quickly(() => revokeAll(way.aegle, { patient: ana })), 'outcome-unknown')
      assert.equal(error.details['reason'], reason)
      assert.match(error.shortMessage, says)
      assert.match(error.hint, /^Look whether it was carried out/)
    }
  })

  it('does once what is asked again because the answer was lost, and says so where it is lost for good', async () => {
    let lost = 0
    const nonce = async () => (await account(relayed.relayer!.account)).nonce
    const before = await nonce()
    await using once = await byWayOf({ breaks: (path) => path === RELAY && (lost += 1) === 1 })
    await revokeAll(once.aegle, { patient: ana })
    assert(lost > 1)
    assert.equal(await nonce(), before + 1, 'one transaction')
    await using never = await byWayOf({ breaks: (path) => path === RELAY })
    const error = await failure(revokeAll(never.aegle, { patient: ana }), 'outcome-unknown')
    assert.equal(error.details['reason'], 'relay-answer-lost')
    assert.equal(await nonce(), before + 2, 'it was done')
  })

  it('does not know what became of what was handed over when the indexer fails', async () => {
    const answers = {
      'its node is away': refusal(503, 'chain-unavailable', 'disconnected'),
      'it is busy': refusal(429, 'too-many', 'too-many-requests'),
      'a gateway answers for it': { status: 502, body: '<html>bad gateway</html>' },
    }
    for (const [what, answer] of Object.entries(answers)) {
      let asked = 0
      await using way = await relayer(() => ((asked += 1), answer))
      const error = await failure(quickly(() => revokeAll(way.aegle, { patient: ana })), 'outcome-unknown')
      assert.equal(error.details['reason'], 'relay-answer-lost', what)
      assert(asked > 1, 'it is sent again')
    }
  })

  it('does not know what became of what was handed over when its own node fails', async () => {
    const gone = new AegleError('chain-unavailable', 'the node has gone')
    const way: Awaited<ReturnType<typeof byWayOf>> = await byWayOf({
      answer: (path, body) => {
        if (path === RELAY) way.aegle.chain.finalized = () => Promise.reject(gone)
        return body
      },
    })
    await using _ = way
    const error = await failure(revokeAll(way.aegle, { patient: ana }), 'outcome-unknown')
    assert.equal(error.details['reason'], 'relay-unverified')
    assert.equal(error.walk((cause) => cause === gone), gone)
    assert.match(error.hint, /^Look whether it was carried out/)
  })

  it('believes no relayer who has done it and says that it does not pay', async () => {
    await using lying = await byWayOf({
      denies: (path) => (path === RELAY ? refusal(403, 'not-permitted', 'relay-quota-spent') : undefined),
    })
    const error = await failure(revokeAll(lying.aegle, { patient: ana }), 'outcome-unknown')
    assert.deepEqual([error.details['reason'], error.details['expires']], ['relay-taken', undefined])
  })

  it('says until when the relayer can still do what it says it does not', async () => {
    await using way = await relayer(() => refusal(403, 'not-permitted', 'relay-quota-spent'))
    const error = await failure(revokeAll(way.aegle, { patient: ana }), 'relay-refused')
    const left = Number(error.details['expires']) - Date.now()
    assert(left > 0 && left <= 3_700_000, `${left} ms are left`)
    assert.match(error.hint, /^It was not done so far; whoever has what was signed can still do it until `details\.expires`/)
    assert.match(error.hint, /Try again tomorrow/)
    const before = await failure(decline(relayed, { patient: ana, requester: mia.account.id }), 'contract-refused')
    assert.equal(before.details['expires'], undefined, 'nothing was handed over')
  })

  it('lets the next one act where somebody has given up waiting for their turn', async () => {
    const giveBack = await relayed.chain.turn('somebody')
    const patience = new AbortController()
    const waiting = relayed.chain.turn('somebody', patience.signal)
    patience.abort(new Error('enough'))
    await assert.rejects(waiting, /enough/)
    const next = relayed.chain.turn('somebody')
    giveBack()
    ;(await next)()
  })

  it('says what the relayer says when it does not pay', async () => {
    const refusals = [
      [refusal(403, 'not-permitted', 'relayer-off'), 'relayer-off', /^the indexer relays no acts$/],
      [refusal(403, 'not-permitted', 'relay-too-dear'), 'relay-refused', /does not pay for it: said by the test$/],
      [refusal(403, 'not-permitted', 'relay-refused'), 'relay-refused', /does not pay for it: said by the test$/],
      [refusal(404, 'not-found', 'no-such-path'), 'relayer-off', /^the indexer relays no acts$/],
    ] as const
    for (const [answer, code, says] of refusals) {
      await using way = await relayer(() => answer)
      assert.match((await failure(revokeAll(way.aegle, { patient: ana }), code)).shortMessage, says)
    }
  })

  it('hands an invitation over where there is one, and nothing where there is none', async () => {
    const bodies: { [name: string]: unknown }[] = []
    await using way = await relayer((asked) => {
      bodies.push(JSON.parse(asked.toString()) as { [name: string]: unknown })
      return { status: 200, body: { place: null } }
    })
    const wish = { as: ben, organisation: hospital }
    await failure(register(way.aegle, wish), 'outcome-unknown')
    await failure(register(way.aegle, { ...wish, invitation: '0x0102' }), 'outcome-unknown')
    assert.deepEqual(bodies.map((body) => [Object.keys(body).sort(), body['invitation']]), [
      [['call', 'contract'], undefined],
      [['call', 'contract', 'invitation'], '0x0102'],
    ])
    await failure(register(way.aegle, { ...wish, invitation: '0x' }), 'argument')
    await failure(register(way.aegle, { ...wish, invitation: '0xzz' }), 'argument')
    const unasked = await failure(nameOrganisation(paying, { ...wish, invitation: '0x0102' }), 'argument')
    assert.match(unasked.shortMessage, /connect with `relay: true`/)
  })

  it('has a wallet sign what the contract would take, and nothing else', async () => {
    const wallet = await TestWallet.create()
    inject(wallet)
    const cleo = await connectWallet(relayed, { wallet: 'polkadot-js', application: 'test' })
    wallet.answer = 'no'
    const rejected = await failure(register(relayed, { as: cleo, organisation: hospital }), 'signature-rejected')
    assert.equal(rejected.shortMessage, 'the wallet has not signed the act: Cancelled')
    wallet.answer = 'with-another-key'
    const wrong = await failure(register(relayed, { as: cleo, organisation: hospital }), 'contract-refused')
    assert.match(wrong.shortMessage, /the signature is not the signer's/)
    wallet.answer = 'yes'
    wallet.asked.length = 0
    assert.equal((await register(relayed, { as: cleo, organisation: hospital })).fee, 0n)
    await failure(register(relayed, { as: cleo, organisation: hospital }), 'contract-refused')
    assert.deepEqual(wallet.asked.map(({ kind, text }) => [kind, text.startsWith('<Bytes>aegle/relay/v1')]), [['text', true]])
    assert.deepEqual(await account(accountId('the wallet', wallet.address)), { free: 0n, nonce: 0 })
  })

  it('pays for as many acts of one key as it says', async () => {
    await register(relayed, { as: ben, organisation: hospital })
    await activatePatient(paying, { by: admin!, patient: ben.account.id })
    const spent = async () => {
      for (let act = 1; act < ACTS_A_DAY; act += 1) await revokeAll(relayed, { patient: ben })
      return await failure(revokeAll(relayed, { patient: ben }), 'relay-refused')
    }
    const error = await spent()
    assert.equal(error.details['reason'], 'relay-quota-spent')
    assert.match(error.shortMessage, new RegExp(`relays ${ACTS_A_DAY} calls of one key a day`))
    assert.match(error.hint, / Try again tomorrow/)
  })
})
