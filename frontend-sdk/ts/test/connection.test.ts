import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server as TcpServer } from 'node:net'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Chain } from '@aegle/sdk'
import { type WebSocket, WebSocketServer } from 'ws'
import { ConnectionLost, NodeConnection } from '../src/nodeConnection.ts'
import { failure } from './failure.ts'

/** How long a process may take to end after it has given up. */
const LEAVING_LIMIT_MS = 10_000

type Asked = { id: number; method: string; params: unknown[] }

/** A node that opens its door, hears everything, and says what it is told to. */
class Listener implements AsyncDisposable {
  readonly heard: Asked[] = []
  /** What it answers; nothing, unless it says otherwise. */
  answer: (asked: Asked) => unknown = () => undefined
  /** Whether it reads nothing once its door is open, not even that the other side leaves. */
  deaf = false
  #server: WebSocketServer | undefined
  #sockets = new Set<WebSocket>()
  port = 0

  static async start(port = 0): Promise<Listener> {
    const listener = new Listener()
    await listener.open(port)
    return listener
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`
  }

  async open(port = this.port): Promise<void> {
    const server = new WebSocketServer({ host: '127.0.0.1', port })
    await once(server, 'listening')
    const address = server.address()
    if (typeof address !== 'object' || !address) throw new Error('no port is free')
    this.port = address.port
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      if (this.deaf) socket.pause()
      socket.on('message', (data) => {
        const asked = JSON.parse(String(data)) as Asked
        this.heard.push(asked)
        const result = this.answer(asked)
        if (result !== undefined) socket.send(JSON.stringify({ jsonrpc: '2.0', id: asked.id, result }))
      })
    })
    this.#server = server
  }

  tell(subname: string, subscription: string, result: unknown): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify({ jsonrpc: '2.0', method: subname, params: { subscription, result } }))
  }

  async hears(method: string, times: number): Promise<void> {
    while (this.heard.filter((asked) => asked.method === method).length < times) await new Promise((resolve) => setTimeout(resolve, 10))
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate()
    this.#sockets.clear()
    const server = this.#server
    this.#server = undefined
    if (server) await new Promise((resolve) => server.close(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

describe('the connection to a node', { timeout: 120_000 }, () => {
  const open: AsyncDisposable[] = []
  after(async () => {
    for (const one of open.reverse()) await one[Symbol.asyncDispose]()
  })

  async function listener(): Promise<Listener> {
    const started = await Listener.start()
    open.push(started)
    return started
  }

  async function connected(url: string): Promise<NodeConnection> {
    const connection = await new NodeConnection(url).connect()
    open.push({ [Symbol.asyncDispose]: () => connection.disconnect() })
    return connection
  }

  it('fails at once where nobody listens', async () => {
    const began = Date.now()
    const error = await failure(Chain.connect('ws://127.0.0.1:1'), 'chain-unavailable')
    assert.match(error.shortMessage, /the node at ws:\/\/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/)
    assert.equal(error.details['url'], 'ws://127.0.0.1:1')
    assert.match(String(error.walk()), /ECONNREFUSED/)
    assert(Date.now() - began < 5_000)
  })

  it('fails within 20 seconds where somebody listens and says nothing', async () => {
    const silent: TcpServer = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    assert(typeof address === 'object' && address)
    const url = `ws://127.0.0.1:${address.port}`
    const error = await failure(Chain.connect(url), 'chain-unavailable')
    assert.equal(error.shortMessage, `the node at ${url} could not be reached within 20 seconds`)
    assert.deepEqual(error.details, { url, limitMs: 20_000 })
    silent.close()
  })

  it('ends when the caller gives up', async () => {
    const node = await listener()
    const patience = new AbortController()
    const connecting = failure(Chain.connect(node.url, patience.signal), 'aborted')
    await node.hears('chain_getBlockHash', 1)
    patience.abort(new Error('enough'))
    assert.equal(((await connecting).walk() as Error).message, 'enough')
  })

  it('asks again what was not answered, and never sends a transaction twice', async () => {
    const node = await listener()
    const connection = await connected(node.url)
    const answer = connection.send('state_call', ['x'])
    const sent = connection.send('author_submitExtrinsic', ['0x00']).then(
      () => 'answered',
      (error: unknown) => error,
    )
    await node.hears('author_submitExtrinsic', 1)
    await node.close()
    assert((await sent) instanceof ConnectionLost)
    // While there is no connection, a question waits and a transaction fails.
    const late = connection.send('system_chain', [])
    await assert.rejects(connection.send('author_submitExtrinsic', ['0x01']), ConnectionLost)
    node.answer = ({ method }) => method
    await node.open()
    assert.equal(await answer, 'state_call')
    assert.equal(await late, 'system_chain')
    const transactions = node.heard.filter(({ method }) => method === 'author_submitExtrinsic')
    assert.deepEqual(transactions.map(({ params }) => params), [['0x00']])
  })

  it('subscribes again, by the number that the node gives now', async () => {
    const node = await listener()
    let number = 0
    node.answer = ({ method }) => (method.startsWith('chain_subscribe') ? `s${(number += 1)}` : true)
    const connection = await connected(node.url)
    const told: unknown[] = []
    const input = { subname: 'chain_newHead', subscribe: 'chain_subscribeNewHeads', params: [], unsubscribe: 'chain_unsubscribeNewHeads' }
    const subscription = await connection.subscribe(input, (_, result) => told.push(result))
    node.tell('chain_newHead', 's1', 1)
    await node.close()
    await node.open()
    await node.hears('chain_subscribeNewHeads', 2)
    while (subscription.subscriptionId !== 's2') await new Promise((resolve) => setTimeout(resolve, 10))
    node.tell('chain_newHead', 's1', 'stale')
    node.tell('chain_newHead', 's2', 2)
    while (!told.includes(2)) await new Promise((resolve) => setTimeout(resolve, 10))
    assert.equal(told.includes('stale'), false)
    await subscription.unsubscribe()
    assert.deepEqual(node.heard.at(-1)?.params, ['s2'])
  })

  it('fails what waits when it is closed, and is not made anew', async () => {
    const node = await listener()
    const connection = await connected(node.url)
    const waiting = assert.rejects(connection.send('state_call', []), /was closed/)
    const taken = connection.send('chain_unsubscribeNewHeads', ['s'])
    await connection.disconnect()
    await waiting
    assert.equal(await taken, true)
    await connection.disconnect()
    await assert.rejects(connection.send('state_call', []), ConnectionLost)
    assert.equal(connection.status, 'disconnected')
  })

  it('holds no process, though the node never answers that it is closed', async () => {
    const node = await listener()
    node.deaf = true
    const script = fileURLToPath(new URL('givingUp.ts', import.meta.url))
    const child = spawn(process.execPath, [script, node.url], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (text) => (said += String(text)))
    const timer = setTimeout(() => child.kill('SIGKILL'), LEAVING_LIMIT_MS * 3)
    while (!said.includes('gave up')) await once(child.stdout, 'data')
    const began = Date.now()
    const [code, signal] = child.exitCode === null ? ((await once(child, 'exit')) as [number | null, string | null]) : [child.exitCode, null]
    clearTimeout(timer)
    assert.deepEqual([code, signal], [0, null])
    assert(Date.now() - began < LEAVING_LIMIT_MS)
  })
})
