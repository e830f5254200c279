import { JsonRpcError, type JsonRpcProvider, type ProviderEvent } from 'dedot'
import { EventEmitter } from 'dedot/utils'
import { type OpenSocket, openSocket } from '#module'
import { within } from './patience.ts'

/** How long a node may take to open its door. */
const OPEN_LIMIT_MS = 20_000
/** The pause before a connection that was lost is made anew. */
const RECONNECT_PAUSE_MS = 1_000
/** How long a question waits for a connection and for its answer, before it is forgotten. */
const QUESTION_LIMIT_MS = 60_000
/** How long the end of a connection waits for answers that are under way: some of them nobody would hear fail. */
const LAST_ANSWERS_MS = 500
const LAST_ANSWERS_PAUSE_MS = 10
/** How much news of subscriptions that are not known is kept. */
const MAX_EARLY = 64
/** What is not sent again after a connection was lost, since it may have arrived: transactions. */
const SENT_ONCE = /^author_/
/** What only takes something back: nobody waits for its answer when the connection is closed. */
const TAKES_BACK = /unsubscribe|unwatch/i

/** The connection to a node was lost, or was closed, before the answer came. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

type Subscribing = Parameters<JsonRpcProvider['subscribe']>[0]
type Told = Parameters<JsonRpcProvider['subscribe']>[1]
type Subscription = Awaited<ReturnType<JsonRpcProvider['subscribe']>>

/** A question that waits for its answer. */
interface Question {
  readonly text: string
  readonly method: string
  readonly since: number
  resolve(result: unknown): void
  reject(error: Error): void
}

/** A subscription, and how it is made anew. */
interface Subscribed {
  readonly input: Subscribing
  readonly told: Told
  readonly subscription: Subscription
}

/** What a node says: an answer, or news of a subscription. */
interface Message {
  id?: number
  method?: string
  result?: unknown
  error?: { code: number; message: string; data?: unknown }
  params?: { subscription: string | number; result?: unknown; error?: { code: number; message: string } }
}

/**
 * A connection to a node. One that was lost is made anew, with its subscriptions, and questions that wait are asked again;
 * a transaction is not. One that never was fails at once, and one that is closed ends at once, whatever the node does: no
 * timer and no socket of it is left.
 */
export class NodeConnection extends EventEmitter<ProviderEvent> implements JsonRpcProvider {
  readonly url: string
  status: JsonRpcProvider['status'] = 'disconnected'
  #socket: OpenSocket | undefined
  #closed = false
  #again: ReturnType<typeof setTimeout> | undefined
  #asked = 0
  readonly #questions = new Map<number, Question>()
  readonly #subscribed = new Map<string, Subscribed>()
  /** News of subscriptions whose number is not known yet. */
  #early: Message[] = []

  constructor(url: string) {
    super()
    this.url = url
  }

  async connect(): Promise<this> {
    try {
      await within(OPEN_LIMIT_MS, this.#open())
    } catch (error) {
      await this.disconnect()
      throw error
    }
    return this
  }

  async disconnect(): Promise<void> {
    const until = Date.now() + LAST_ANSWERS_MS
    while (!this.#closed && this.status === 'connected' && this.#questions.size > 0 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, LAST_ANSWERS_PAUSE_MS))
    }
    this.#closed = true
    clearTimeout(this.#again)
    this.#socket?.end()
    this.#socket = undefined
    this.#subscribed.clear()
    for (const [id, { method, resolve, reject }] of this.#questions) {
      this.#questions.delete(id)
      if (TAKES_BACK.test(method)) resolve(true)
      else reject(new ConnectionLost(`the connection to ${this.url} was closed before ${method} was answered`))
    }
    this.#become('disconnected')
    this.clearEvents()
  }

  // What dedot asks for is typed by dedot.
  async send<T>(method: string, params: unknown[]): Promise<T> {
    if (this.#closed) {
      if (TAKES_BACK.test(method)) return true as T
      throw new ConnectionLost(`the connection to ${this.url} was closed`)
    }
    if (this.status !== 'connected' && SENT_ONCE.test(method)) throw new ConnectionLost(`there is no connection to ${this.url}`)
    this.#forgetOld()
    this.#asked += 1
    const id = this.#asked
    const text = JSON.stringify({ id, jsonrpc: '2.0', method, params })
    return await new Promise<T>((resolve, reject) => {
      this.#questions.set(id, { text, method, since: Date.now(), resolve: (result) => resolve(result as T), reject })
      // What waits is sent when there is a connection again.
      if (this.status === 'connected') this.#socket?.send(text)
    })
  }

  async subscribe<T>(
    input: Subscribing,
    told: (error: Error | null, result: T | null, subscription: Subscription) => void,
  ): Promise<Subscription> {
    const subscriptionId = await this.send<string>(input.subscribe, input.params as unknown[])
    const subscription: Subscription = {
      subscriptionId,
      unsubscribe: async () => {
        this.#subscribed.delete(`${input.subname}::${subscription.subscriptionId}`)
        await this.send(input.unsubscribe, [subscription.subscriptionId])
      },
    }
    this.#subscribed.set(`${input.subname}::${subscriptionId}`, { input, told: told as Told, subscription })
    const early = this.#early
    this.#early = []
    for (const message of early) this.#news(message)
    return subscription
  }

  #become(status: JsonRpcProvider['status']): void {
    if (this.status === status) return
    this.status = status
    this.emit(status, this.url)
  }

  /** Resolves when the connection is there, and fails when it is lost before. */
  #open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket = openSocket(this.url, {
        opened: () => {
          this.#opened()
          resolve()
        },
        told: (text) => this.#told(JSON.parse(text) as Message),
        lost: (why) => {
          reject(new ConnectionLost(why))
          this.#lost()
        },
      })
    })
  }

  #opened(): void {
    const waiting = [...this.#questions.values()]
    const subscribed = [...this.#subscribed.values()]
    this.#subscribed.clear()
    this.#become('connected')
    for (const { text } of waiting) this.#socket?.send(text)
    for (const { input, told, subscription } of subscribed) {
      // Whoever subscribed holds the old one, by which it is taken back.
      this.subscribe(input, told).then(
        ({ subscriptionId }) => (subscription.subscriptionId = subscriptionId),
        () => undefined,
      )
    }
  }

  #lost(): void {
    this.#socket = undefined
    if (this.#closed) return
    this.#early = []
    for (const [key, { input }] of this.#subscribed) if (SENT_ONCE.test(input.subscribe)) this.#subscribed.delete(key)
    for (const [id, { method, reject }] of this.#questions) {
      if (!SENT_ONCE.test(method)) continue
      this.#questions.delete(id)
      reject(new ConnectionLost(`the connection to ${this.url} was lost before the answer came`))
    }
    // The first connection is not tried again: its caller is told.
    if (this.status === 'disconnected') return
    this.#become('reconnecting')
    this.#again = setTimeout(() => void this.#open().catch(() => undefined), RECONNECT_PAUSE_MS)
  }

  #told(message: Message): void {
    if (message.id === undefined) {
      this.#news(message)
      return
    }
    const question = this.#questions.get(message.id)
    this.#questions.delete(message.id)
    if (message.error) question?.reject(new JsonRpcError(message.error))
    else question?.resolve(message.result)
  }

  #news(message: Message): void {
    const { method, params } = message
    const subscribed = this.#subscribed.get(`${method}::${params?.subscription}`)
    if (!subscribed) this.#early = [...this.#early, message].slice(-MAX_EARLY)
    else if (params?.error) subscribed.told(new JsonRpcError(params.error), null, subscribed.subscription)
    else subscribed.told(null, params?.result, subscribed.subscription)
  }

  /** Forgets what nobody waits for any more, so that what a dead node is asked does not pile up. */
  #forgetOld(): void {
    const oldest = Date.now() - QUESTION_LIMIT_MS
    for (const [id, { since, reject }] of this.#questions) {
      if (since >= oldest) continue
      this.#questions.delete(id)
      reject(new ConnectionLost(`${this.url} has not answered within ${QUESTION_LIMIT_MS / 1_000} seconds`))
    }
  }
}
