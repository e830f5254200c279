import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** What is done to what passes; nothing is changed without it. */
export interface Changes {
  /** What is answered without asking the server, by the path and what was asked; nothing where it is asked. */
  readonly instead?: (path: string, asked: Buffer) => { readonly status: number; readonly body: unknown } | undefined
  /** What is answered by its path in place of what the server answers, which has done what it was asked. */
  readonly denies?: (path: string) => { readonly status: number; readonly body: unknown } | undefined
  /** What a request asks, by its path. */
  readonly request?: (path: string, body: Buffer) => Buffer
  /** What is answered with success, by the path and what was asked. */
  readonly answer?: (path: string, body: string, asked: Buffer) => string
  /** What is answered with success and is no text, by the path. */
  readonly bytes?: (path: string, body: Buffer) => Buffer
  /** Whether an answer breaks off in its middle, by the path. */
  readonly breaks?: (path: string) => boolean
  /** Each event of a stream; what is nothing is left out. */
  readonly event?: (text: string) => string | undefined
}

/** A way to a server on which somebody changes what passes: requests are signed, and answers are not. */
export class Way implements AsyncDisposable {
  readonly url: string
  readonly #server: Server

  private constructor(url: string, server: Server) {
    this.url = url
    this.#server = server
  }

  static async to(url: string, changes: Changes): Promise<Way> {
    const server = createServer((request, response) => {
      pass(url, changes, request, response).catch(() => response.destroy())
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    assert(typeof address === 'object' && address)
    return new Way(`http://127.0.0.1:${address.port}`, server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}

async function pass(url: string, changes: Changes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const asked = Buffer.concat(parts)
  const path = request.url ?? '/'
  const instead = changes.instead?.(path, asked)
  const say = ({ status, body }: { readonly status: number; readonly body: unknown }) => {
    const type = status === 200 ? 'application/json' : 'application/problem+json'
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))
  }
  if (instead) return say(instead)
  const body = changes.request?.(path, asked) ?? asked
  const headers = Object.entries(request.headers).filter(([name]) => name.startsWith('aegle-') || name === 'content-type')
  const ending = new AbortController()
  response.on('close', () => ending.abort())
  const answer = await fetch(`${url}${path}`, {
    method: request.method ?? 'GET',
    headers: headers as [string, string][],
    ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
    signal: ending.signal,
  })
  const denied = changes.denies?.(path)
  if (denied) {
    await answer.arrayBuffer()
    return say(denied)
  }
  const type = answer.headers.get('content-type') ?? 'application/octet-stream'
  response.writeHead(answer.status, { 'content-type': type })
  if (!type.startsWith('text/event-stream')) {
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (changes.breaks?.(path)) response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
    else if (!answer.ok) response.end(bytes)
    else if (type.endsWith('json')) response.end(changes.answer?.(path, bytes.toString(), asked) ?? bytes)
    else response.end(changes.bytes?.(path, bytes) ?? bytes)
    return
  }
  let rest = ''
  for await (const text of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const [last = '', ...events] = (rest + text).split('\n\n').reverse()
    rest = last
    for (const event of events.reverse()) {
      const changed = changes.event ? changes.event(event) : event
      if (changed !== undefined) response.write(`${changed}\n\n`)
    }
  }
  response.end()
}
