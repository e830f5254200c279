import { AegleError } from './error.ts'

/** How long a request may take: a large ciphertext over a slow line. */
const REQUEST_LIMIT_MS = 300_000
/** The largest answer that is read: a ciphertext has at most 64 MiB. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024

/** A request as the core makes it. */
interface Head {
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

async function limited(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  const reader = response.body?.getReader()
  for (;;) {
    const part = await reader?.read()
    if (!part || part.done) break
    length += part.value.length
    if (length > MAX_ANSWER_BYTES) {
      await reader?.cancel()
      throw new AegleError('limit', `the answer is larger than ${MAX_ANSWER_BYTES} bytes`)
    }
    parts.push(part.value)
  }
  const body = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    body.set(part, at)
    at += part.length
  }
  return body
}

/** Sends a request of the core. Redirects are refused: a signed request is for one server. */
export async function send(request: string, body: Uint8Array, signal: AbortSignal | undefined): Promise<Answer> {
  const { url, method, headers, contentType } = JSON.parse(request) as Head
  const limit = AbortSignal.timeout(REQUEST_LIMIT_MS)
  const response = await fetch(url, {
    method,
    headers: body.length ? [...headers, ['content-type', contentType]] : headers,
    ...(body.length ? { body: new Uint8Array(body) } : {}),
    redirect: 'error',
    credentials: 'omit',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  })
  return { status: response.status, body: await limited(response) }
}
