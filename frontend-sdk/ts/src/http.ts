import { joined } from './bytes.ts'
import { AegleError } from './error.ts'
import { Overdue, pause, within } from './patience.ts'

/** How long a request may take: a large ciphertext over a slow line. */
const REQUEST_LIMIT_MS = 300_000
/** How long a server may take until its answer begins, once it has the request. */
const ANSWER_LIMIT_MS = 30_000
/** Where acts are relayed, and how long the server may take there: until the chain has finalized them. */
const RELAYED = '/v1/relay'
const RELAY_LIMIT_MS = 200_000
/** What a slow line takes in a millisecond, in bytes. */
const SLOW_LINE_BYTES_PER_MS = 100
/** The largest answer that is read as a whole. A ciphertext may be larger, and comes in pieces. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024

/** How often a request is sent whose connection breaks. A server counts its nonce once, so that it is done once at most. */
const MAX_ATTEMPTS = 3
/** Parts of a key are asked of other proxies instead of once more of one that breaks the connection. */
const ASKED_ONCE = '/v1/partials'
/** The pause before it is sent again, which grows fourfold. */
const FIRST_PAUSE_MS = 200

/** A request as the core makes it. */
export interface Head {
  url: string
  method: string
  headers: [string, string][]
  contentType: string
}

/** An answer, whatever its status. */
export interface Answer {
  status: number
  body: Uint8Array
}

/** How the body of an answer is read. */
type Reading = (response: Response) => Promise<Answer>

/** Reads a server’s address: TLS, or plain HTTP to this machine; without path, query or name. */
export function serverUrl(url: string): string {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch (cause) {
    throw new AegleError('argument', `\`${url}\` is no address of a server: write https://HOST or https://HOST:PORT`, { cause })
  }
  const bare = parsed.pathname === '/' && !parsed.search && !parsed.hash && !parsed.username && !parsed.password
  if (!bare || !['https:', 'http:'].includes(parsed.protocol)) {
    throw new AegleError('argument', `\`${url}\` is no address of a server: write https://HOST or https://HOST:PORT`)
  }
  const loopback = /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(parsed.hostname)
  if (parsed.protocol === 'http:' && !loopback) {
    throw new AegleError('argument', `\`${url}\` is plain HTTP to another machine, which anybody on the way reads: use https://`)
  }
  return url.replace(/\/+$/, '')
}

/** The pieces of a body, as they come. */
async function* pieces(response: Response): AsyncGenerator<Uint8Array, void> {
  const reader = response.body?.getReader()
  try {
    for (;;) {
      const part = await reader?.read()
      if (!part || part.done) return
      yield part.value
    }
  } finally {
    // What nobody takes holds no connection.
    await reader?.cancel().catch(() => undefined)
  }
}

const whole: Reading = async (response) => {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of pieces(response)) {
    length += part.length
    if (length > MAX_ANSWER_BYTES) throw new AegleError('limit', `the answer is larger than ${MAX_ANSWER_BYTES} bytes`)
    parts.push(part)
  }
  return { status: response.status, body: joined(parts, length) }
}

/** Sends a request of the core; again, if the connection breaks. Redirects are refused: a signed request is for one server. */
export async function send(request: string, body: Uint8Array, signal: AbortSignal | undefined): Promise<Answer> {
  return await exchange(request, body, signal, whole)
}

/**
 * Sends a request of the core, whose answer comes in pieces as they are taken: `keep` is given them where it is a success, and
 * the answer has no body then. All of it must be taken within the time of a request.
 */
export async function sendForPieces(
  request: string,
  signal: AbortSignal | undefined,
  keep: (pieces: AsyncGenerator<Uint8Array, void>) => void,
): Promise<Answer> {
  const { url } = JSON.parse(request) as Head
  const limit = AbortSignal.timeout(REQUEST_LIMIT_MS)
  const patience = signal ? AbortSignal.any([signal, limit]) : limit
  async function* intime(response: Response): AsyncGenerator<Uint8Array, void> {
    try {
      yield* pieces(response)
    } catch (cause) {
      if (limit.aborted) throw overdue(url, REQUEST_LIMIT_MS, cause)
      const { origin } = new URL(url)
      throw new AegleError('service-unreachable', `the server at ${origin} broke off while it answered`, { cause, details: { url: origin, brokeOff: true } })
    }
  }
  return await exchange(request, new Uint8Array(), patience, async (response) => {
    if (!response.ok) return await whole(response)
    keep(intime(response))
    return { status: response.status, body: new Uint8Array() }
  })
}

async function exchange(request: string, body: Uint8Array, signal: AbortSignal | undefined, read: Reading): Promise<Answer> {
  const head = JSON.parse(request) as Head
  const session = head.headers.find(([name]) => name === 'aegle-session')?.[1]
  const ends = Number(session?.split('.')[1] ?? Infinity)
  if (ends <= Date.now()) {
    throw new AegleError('session-ended', `the wallet’s session has ended at ${new Date(ends).toISOString()}`, { details: { ended: ends } })
  }
  const limit = AbortSignal.timeout(REQUEST_LIMIT_MS)
  const patience = signal ? AbortSignal.any([signal, limit]) : limit
  const attempts = new URL(head.url).pathname === ASKED_ONCE ? 1 : MAX_ATTEMPTS
  let broken: unknown
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await sendOnce(head, body, patience, read)
      // It arrived before, and what was answered is lost.
      if (broken !== undefined && isReplayed(answer)) throw broken
      return answer
    } catch (error) {
      if (limit.aborted) throw overdue(head.url, REQUEST_LIMIT_MS, error)
      if (error === broken || attempt === attempts || patience.aborted || error instanceof AegleError) throw error
      broken = error
      await pause(FIRST_PAUSE_MS * 4 ** (attempt - 1), patience)
    }
  }
}

function isReplayed({ status, body }: Answer): boolean {
  if (status !== 401) return false
  const problem = JSON.parse(new TextDecoder().decode(body)) as { code?: string }
  return problem.code === 'replayed'
}

/** The error of a server that does not answer in time. */
export function overdue(url: string, limitMs: number, cause: unknown): AegleError {
  const { origin } = new URL(url)
  return new AegleError('service-unreachable', `the server at ${origin} has not answered within ${limitMs / 1_000} seconds`, {
    cause,
    details: { url: origin, limitMs },
  })
}

async function sendOnce({ url, method, headers, contentType }: Head, body: Uint8Array, signal: AbortSignal, read: Reading): Promise<Answer> {
  const patienceMs = new URL(url).pathname === RELAYED ? RELAY_LIMIT_MS : ANSWER_LIMIT_MS
  const limitMs = patienceMs + Math.ceil(body.length / SLOW_LINE_BYTES_PER_MS / 1_000) * 1_000
  // Ends the request, too: one that nobody waits for would hold its connection.
  const given = new AbortController()
  const asked = fetch(url, {
    method,
    headers: body.length ? [...headers, ['content-type', contentType]] : headers,
    ...(body.length ? { body: new Uint8Array(body) } : {}),
    redirect: 'error',
    credentials: 'omit',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
    signal: AbortSignal.any([signal, given.signal]),
  })
  const response = await within(limitMs, asked).catch((cause: unknown) => {
    if (!(cause instanceof Overdue)) throw cause
    given.abort()
    throw overdue(url, limitMs, cause)
  })
  return await read(response)
}
