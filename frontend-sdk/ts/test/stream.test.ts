import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { AegleError } from '../src/error.ts'
import { type ServerSentEvent, stream, StreamLost } from '../src/stream.ts'

const TEXT = 'retry: 2000\n\n: a comment\n\nevent: head\ndata: {"number":9}\n\nid: 7-2\r\nevent: grant\r\ndata: {"é":1}\r\n\r\nevent:request\ndata:{"a":\ndata:2}\n\nevent: cut\ndata: off\n'
const EVENTS = [
  { name: 'head', data: '{"number":9}' },
  { name: 'grant', data: '{"é":1}' },
  { name: 'request', data: '{"a":\n2}' },
]

describe('a stream of events', () => {
  const server = createServer((request, response) => {
    void (async () => {
      const [, what = '', size = ''] = /^\/(\w+)\/?(\d*)$/.exec(request.url ?? '') ?? []
      if (what === 'refused') return response.writeHead(403).end(JSON.stringify({ code: 'not-permitted', title: 'no', reason: 'not-permitted' }))
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      if (what === 'long') return response.end('x'.repeat(200_000))
      const bytes = Buffer.from(TEXT)
      for (let first = 0; first < bytes.length; first += Number(size)) {
        response.write(bytes.subarray(first, first + Number(size)))
        await new Promise((resolve) => setImmediate(resolve))
      }
      if (what === 'ends') response.end()
    })()
  })
  let origin = ''

  before(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    assert(typeof address === 'object' && address)
    origin = `http://127.0.0.1:${address.port}`
  })

  after(() => {
    server.close()
    server.closeAllConnections()
  })

  const ask = (path: string) => ({ url: `${origin}/${path}`, method: 'GET', headers: [], contentType: '' })
  /** What is read until it fails, and the error. */
  async function read(path: string, signal = new AbortController().signal): Promise<[ServerSentEvent[], unknown]> {
    const events: ServerSentEvent[] = []
    try {
      for await (const event of stream(ask(path), signal)) events.push(event)
    } catch (error) {
      return [events, error]
    }
    return [events, undefined]
  }

  it('is the same wherever the bytes are cut, and what is cut off is no event', async () => {
    for (const size of [1, 2, 7, 64, 10_000]) {
      const [events, error] = await read(`ends/${size}`)
      assert.deepEqual(events, EVENTS, `${size} bytes at a time`)
      assert(error instanceof StreamLost, String(error))
    }
  })

  it('is refused in words, and no stream with a line without an end', async () => {
    const [, refused] = await read('refused')
    assert(refused instanceof AegleError && refused.code === 'service-refused', String(refused))
    assert.deepEqual(refused.details, { service: 'indexer', status: 403, reason: 'not-permitted', because: 'not-permitted' })
    const [, long] = await read('long')
    assert(long instanceof AegleError && long.code === 'protocol', String(long))
  })

  it('ends when its reader gives up, and is lost where nobody listens', async () => {
    const reason = new Error('enough')
    const patience = new AbortController()
    setTimeout(() => patience.abort(reason), 200)
    const [events, error] = await read('stays/64', patience.signal)
    assert.deepEqual(events, EVENTS)
    assert.equal(error, reason)
    const dead = { ...ask(''), url: 'http://127.0.0.1:1/' }
    const lost = await stream(dead, new AbortController().signal).next().catch((failed: unknown) => failed)
    assert(lost instanceof StreamLost, String(lost))
  })
})
