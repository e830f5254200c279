import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Aegle,
  connect,
  createCard,
  disclosures,
  grant,
  type Granted,
  type Hit,
  open,
  openStream,
  type Patient,
  type Reader,
  revoke,
  search,
  verify,
} from '@aegle/sdk'
import { failure } from './failure.ts'
import { patientAndClinician } from './people.ts'
import { glucose, pulse } from './records.ts'
import { type Changes, Way } from './way.ts'
import { World } from './world.ts'

const DAY_MS = 24 * 3_600_000

/** What the indexer answers about a record, as far as it is changed here. */
interface Row {
  row: { id: string; rho: string; header: { authored_at: number }; capsule: { u_bar: string } }
  batch: number
  number: number
  records: number
  proof: string[]
}

/** Changes what the indexer answers about a record. */
const lie = (change: (row: Row) => void): Changes => ({
  answer: (path, body) => {
    if (path !== '/v1/open') return body
    const row = JSON.parse(body) as Row
    change(row)
    return JSON.stringify(row)
  },
})

/** The same digits, but the last one. */
const flipped = (digits: string) => `${digits.slice(0, -1)}${digits.endsWith('0') ? '1' : '0'}`

/** The values that an answer has at least, in a batch of one record. */
const MIN_VALUES = 20

/** Changes the value of a number in the order of the document; where that is, or nothing where there are fewer. */
function alter(answer: object, number: number): string | undefined {
  let left = number
  const within = (holder: Record<string, unknown>, path: string): string | undefined => {
    for (const [name, value] of Object.entries(holder)) {
      const here = `${path}/${name}`
      if (typeof value === 'object' && value !== null) {
        const found = within(value as Record<string, unknown>, here)
        if (found !== undefined) return found
      } else if (left > 0) left -= 1
      else {
        holder[name] = typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : flipped(String(value))
        return here
      }
    }
    return undefined
  }
  return within(answer as Record<string, unknown>, '')
}

describe('what the chain bears out about a record', { timeout: 900_000 }, () => {
  let world: World
  let aegle: Aegle
  let ana: Patient
  let mia: Reader
  let granted: Granted
  let first: Hit
  let second: Hit

  before(async () => {
    world = await World.start()
    aegle = await connect(await world.where())
    ;[ana, mia] = await patientAndClinician(world, aegle)
    const card = await createCard(aegle, { patient: ana, custodian: world.hospital })
    await world.ingest(card, [glucose])
    await world.ingest(card, [pulse])
    const found = async (query: string) => (await search(aegle, { by: ana, domain: world.domain, query })).hits[0]!
    first = await found('glucose')
    second = await found('heart rate')
    const until = new Date(Date.now() + DAY_MS)
    granted = await grant(aegle, { patient: ana, to: mia.account.id, purposes: ['TREAT'], classes: ['laboratory'], until })
  })

  after(async () => {
    await aegle?.disconnect()
    await world?.[Symbol.asyncDispose]()
  })

  /** Does something by way of somebody who changes what the indexer answers. */
  async function by<T>(changes: Changes, action: (changed: Aegle) => Promise<T>): Promise<T> {
    await using way = await Way.to(world.indexer, changes)
    const where = await world.where()
    const servers = { ...where.addresses.servers, [way.url]: { account: aegle.indexer.account } }
    await using changed = await connect({ ...where, addresses: { ...where.addresses, servers }, indexer: way.url })
    return await action(changed)
  }

  it('says where a record was anchored, by whom and when, and what became of it', async () => {
    const verified = await verify(aegle, { by: ana, record: first.record })
    const { anchored, block } = verified
    assert(anchored && block)
    assert.deepEqual([anchored.record, anchored.patient, anchored.domain], [first.record, ana.account.id, world.domain])
    assert.deepEqual([anchored.batch, anchored.number, anchored.anchor.records], [first.batch, first.number, 1])
    assert.deepEqual(verified.fate, { kind: 'current' })
    assert.deepEqual([verified.permission?.kind, verified.permission?.grant], ['own', null])
    assert(verified.asOf.block >= block.number)
    assert.deepEqual(verified.unverified.map(({ what }) => what), ['content'])
    // As the hospital's own program has it of its transactions.
    const listed = await world.aegle('--as', 'hospital', '--json', 'custodian', 'batches', '--domain', String(world.domain))
    const batches = listed.trim().split('\n').map((line) => JSON.parse(line) as { batch: number; block: number; anchored_at: number })
    const batch = batches.find(({ batch }) => batch === anchored.batch)
    assert.deepEqual([batch?.block, batch?.anchored_at], [block.number, anchored.anchor.at.getTime()])
    const { rpc } = aegle.chain.client
    assert.equal(await rpc.chain_getBlockHash(block.number), block.hash)
    const later = await verify(aegle, { by: ana, record: second.record })
    assert(later.block && later.block.number > block.number)
    assert(later.anchored && later.anchored.anchor.at > anchored.anchor.at)
  })

  it('says by which grant a reader may open it now', async () => {
    const { permission, anchored } = await verify(aegle, { by: mia, record: first.record })
    assert.deepEqual([permission?.kind, permission?.grant], ['grant', granted.grant])
    assert.equal(permission?.sentence, `yes: grant ${granted.grant} permits it`)
    assert.equal(anchored?.author, first.author)
    assert.equal((await failure(verify(aegle, { by: mia, record: second.record }))).code, 'nothing-to-show')
  })

  it('fetches no content, and stands in the patient’s log', async () => {
    const before = await disclosures(aegle, { patient: ana })
    await verify(aegle, { by: mia, record: first.record })
    const kinds = (await disclosures(aegle, { patient: ana })).slice(before.length).map(({ disclosure }) => disclosure.kind)
    assert.deepEqual(kinds, ['row'])
  })

  for (const [what, change] of [
    ['another time in the row', (row) => (row.row.header.authored_at += 1)],
    ['another salt of the leaf', (row) => (row.row.rho = flipped(row.row.rho))],
    ['another capsule', (row) => (row.row.capsule.u_bar = flipped(row.row.capsule.u_bar))],
    ['another number of records', (row) => (row.records += 1)],
    ['another batch', (row) => (row.batch = second.batch)],
    ['a batch that is not there', (row) => (row.batch = 1_000)],
    ['a path to another root', (row) => row.proof.push(`0x${'11'.repeat(32)}`)],
  ] satisfies [string, (row: Row) => void][]) {
    it(`refuses ${what}, and names what was done`, async () => {
      const error = await by(lie(change), (changed) => failure(verify(changed, { by: ana, record: first.record })))
      assert.deepEqual([error.code, error.tampering], ['false-answer', true])
    })
  }

  it('refuses an answer in which any value was changed, but for the secret that is no part of what was anchored', async () => {
    let [at, changed]: [number, string | undefined] = [0, undefined]
    const changes: Changes = {
      answer: (path, body) => {
        if (path !== '/v1/open') return body
        const answer = JSON.parse(body) as object
        changed = alter(answer, at)
        return JSON.stringify(answer)
      },
    }
    const passed: string[] = []
    await by(changes, async (aegle) => {
      for (at = 0; ; at += 1) {
        const verified = verify(aegle, { by: ana, record: first.record })
        const code = await verified.then(() => undefined, (error: unknown) => (error as { code?: string }).code)
        if (changed === undefined) break
        if (code === undefined) passed.push(changed)
        else assert(code === 'false-answer' || code === 'protocol', `${changed}: ${code}`)
      }
    })
    assert(at >= MIN_VALUES, `${at} values`)
    assert.deepEqual(passed, ['/row/shred'])
  })

  it('refuses another record than the one that was asked for', async () => {
    let kept = ''
    await by({ answer: (path, body) => (path === '/v1/open' ? (kept = body) : body) }, (changed) => verify(changed, { by: ana, record: second.record }))
    const answer = { answer: (path: string, body: string) => (path === '/v1/open' ? kept : body) }
    const error = await by(answer, (changed) => failure(verify(changed, { by: ana, record: first.record })))
    assert.deepEqual([error.code, error.tampering], ['false-answer', true])
    assert.match(error.shortMessage, new RegExp(second.record))
  })

  it('says that it does not know the block where the blocks that are read begin later', async () => {
    const { number } = await aegle.chain.finalized()
    await using late = await connect({ ...(await world.where()), fromBlock: number })
    const { block, unverified } = await verify(late, { by: ana, record: first.record })
    assert.equal(block, undefined)
    assert.match(unverified.find(({ what }) => what === 'block')?.reason ?? '', /give an earlier `fromBlock`/)
  })

  it('opens nothing of a ciphertext that was changed, and gives no end of one in parts', async () => {
    const changes: Changes = { bytes: (path, body) => (path.startsWith('/v1/ciphertexts/') ? Buffer.concat([body.subarray(0, -1), Buffer.from([body.at(-1)! ^ 1])]) : body) }
    const error = await by(changes, (changed) => failure(open(changed, { by: ana, record: first.record })))
    assert.deepEqual([error.code, error.tampering], ['false-answer', true])
    assert.match(error.shortMessage, /segment 0 does not authenticate/)
    for (const cut of [(body: Buffer) => body.subarray(0, -1), (body: Buffer) => Buffer.concat([body, Buffer.from([0])]), () => Buffer.alloc(0)]) {
      const wrong: Changes = { bytes: (path, body) => (path.startsWith('/v1/ciphertexts/') ? cut(body) : body) }
      const other = await by(wrong, (changed) => failure(open(changed, { by: ana, record: first.record })))
      assert.equal(other.code, 'false-answer')
      assert.match(other.shortMessage, /a ciphertext of \d+ bytes instead of \d+$/)
    }
  })

  it('begins anew where a ciphertext breaks off, and gives up at last', async () => {
    let left = 2
    let asked = 0
    const changes: Changes = { breaks: (path) => path.startsWith('/v1/ciphertexts/') && (asked += 1) > 0 && (left -= 1) >= 0 }
    await by(changes, async (changed) => {
      assert.deepEqual((await open(changed, { by: ana, record: first.record })).json(), glucose)
      assert.equal(asked, 3)
      ;[asked, left] = [0, Infinity]
      const error = await failure(open(changed, { by: ana, record: first.record }), 'service-unreachable')
      assert.match(error.shortMessage, /broke off while it answered$/)
      assert.equal(asked, 3)
      await failure(openStream(changed, { by: ana, record: first.record }), 'service-unreachable')
      assert.equal(asked, 4)
    })
  })

  it('says so where a page has no WebCrypto, and opens nothing', async () => {
    const whole = globalThis.crypto
    // What pages have that did not come by TLS.
    const poor = { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => whole.getRandomValues(bytes) }
    Object.defineProperty(globalThis, 'crypto', { value: poor, configurable: true })
    try {
      await failure(open(aegle, { by: ana, record: first.record }), 'no-webcrypto')
    } finally {
      Object.defineProperty(globalThis, 'crypto', { value: whole, configurable: true })
    }
    assert.deepEqual((await open(aegle, { by: ana, record: first.record })).json(), glucose)
  })

  it('opens in parts what it opens at once, and leaves what nobody takes', async () => {
    await using stream = await openStream(aegle, { by: mia, record: first.record })
    assert.deepEqual([stream.mediaType, stream.grant, stream.batch], ['application/fhir+json', granted.grant, first.batch])
    const parts: Uint8Array[] = []
    for await (const part of stream.content) parts.push(part)
    assert.deepEqual(JSON.parse(Buffer.concat(parts).toString()), glucose)
    await using left = await openStream(aegle, { by: mia, record: first.record })
    await left.cancel()
    assert.deepEqual(await left.content.next(), { value: undefined, done: true })
    const patience = new AbortController()
    await using given = await openStream(aegle, { by: mia, record: first.record, signal: patience.signal })
    patience.abort(new Error('enough'))
    assert.equal((await failure(given.content.next(), 'aborted')).shortMessage, 'the action was ended by its caller')
  })

  it('says that its erasure was asked for, and by the position what the indexer shows no more', async () => {
    const { anchored } = await verify(aegle, { by: ana, record: second.record })
    assert(anchored)
    const position = { domain: anchored.domain, batch: anchored.batch, number: anchored.number }
    const numbers = ['--domain', String(world.domain), '--batch', String(position.batch), '--number', String(position.number)]
    await world.aegle('--as', 'hospital', 'custodian', 'erase', ...numbers, '--reason', 'patient-request')
    const { fate } = await verify(aegle, { by: ana, record: second.record, position })
    assert(fate.kind === 'erasing' && !fate.denied && fate.finalAt.getTime() > Date.now(), JSON.stringify(fate))
    const unseen = await verify(aegle, { by: mia, record: second.record, position })
    assert.deepEqual([unseen.anchored, unseen.permission, unseen.fate.kind], [undefined, undefined, 'erasing'])
    assert.equal(unseen.block?.number, (await verify(aegle, { by: ana, record: second.record })).block?.number)
    assert.deepEqual(unseen.unverified.map(({ what }) => what), ['content', 'record', 'permission'])
    const nowhere = await failure(verify(aegle, { by: mia, record: second.record, position: { ...position, number: 7 } }))
    assert.equal(nowhere.code, 'argument')
    const elsewhere = await failure(verify(aegle, { by: ana, record: first.record, position }))
    assert.deepEqual([elsewhere.code, elsewhere.details['batch']], ['argument', first.batch])
  })

  it('says nothing of it to a reader whose grant is revoked', async () => {
    await revoke(aegle, { patient: ana, grant: granted.grant, from: mia.account.id })
    assert.equal((await failure(verify(aegle, { by: mia, record: first.record }))).code, 'nothing-to-show')
  })
})
