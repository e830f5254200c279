import { AegleError } from './error.ts'
import { type Head, overdue } from './http.ts'
import { Overdue, within } from './patience.ts'

/** The longest that nothing may come over a stream: three heads of the indexer. */
const SILENCE_LIMIT_MS = 45_000
/** The longest line, in characters: an event of a contract has at most 16 KiB, twice as many digits, and names. */
const MAX_LINE_CHARACTERS = 128 * 1024

/** A server-sent event (WHATWG HTML, 9.2.6). */
export interface ServerSentEvent {
  readonly name: string
  readonly data: string
}

/** A stream was lost, and another one may be opened. */
export class StreamLost extends Error {
  override readonly name = 'StreamLost'
}

/** What a server says when it refuses. */
export interface Problem {
  code?: string
  title?: string
  detail?: string | null
  reason?: string
}

/** The error of a server that refuses. */
export function refusal(status: number, { code, title, detail, reason }: Problem): AegleError {
  const why = `${title ?? `status ${status}`}${detail ? ` (${detail})` : ''}`
  return new AegleError('service-refused', `the indexer refuses to tell what concerns the account: ${why}`, {
    details: { service: 'indexer', status, reason: code, because: reason },
  })
}

/** Reads the lines of a body. What comes after the last end of a line is none. */
async function* lines(body: ReadableStream<Uint8Array>, url: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
  const reader = body.pipeThrough(new TextDecoderStream('utf-8', { fatal: true }) as ReadableWritablePair<string, Uint8Array>).getReader()
  let rest = ''
  try {
    for (;;) {
      const part = await within(SILENCE_LIMIT_MS, reader.read(), signal)
      if (part.done) throw new StreamLost('the stream ended')
      const [last = '', ...before] = (rest + part.value).split('\n').reverse()
      rest = last
      for (const line of before.reverse()) yield line.endsWith('\r') ? line.slice(0, -1) : line
      if (rest.length > MAX_LINE_CHARACTERS) throw new AegleError('protocol', `the stream of ${url} has a line of more than ${MAX_LINE_CHARACTERS} characters`)
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/**
 * Opens a stream of server-sent events, and reads it until it is lost.
 *
 * @throws {@link StreamLost}, `service-refused`, `protocol`
 */
export async function* stream(request: Head, signal: AbortSignal): AsyncGenerator<ServerSentEvent, void, void> {
  const { url, method, headers } = request
  const given = new AbortController()
  const patience = AbortSignal.any([signal, given.signal])
  const lost = (cause: unknown) => {
    signal.throwIfAborted()
    return cause instanceof AegleError ? cause : new StreamLost(`the stream of ${url} was lost`, { cause })
  }
  try {
    const asked = fetch(url, { method, headers, redirect: 'error', credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', signal: patience })
    const response = await within(SILENCE_LIMIT_MS, asked, signal).catch((cause: unknown) => {
      throw lost(cause instanceof Overdue ? overdue(url, cause.limitMs, cause) : cause)
    })
    if (!response.ok || !response.body) {
      const problem = (await response.json().catch(() => ({}))) as Problem
      throw refusal(response.status, problem)
    }
    let [name, data] = ['', '']
    for await (const line of lines(response.body, url, signal)) {
      if (line === '') {
        if (data !== '') yield { name, data }
        ;[name, data] = ['', '']
        continue
      }
      const [, field, value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? []
      if (field === 'event') name = value
      if (field === 'data') data += data === '' ? value : `\n${value}`
      if (data.length > MAX_LINE_CHARACTERS) throw new AegleError('protocol', `the stream of ${url} has an event of more than ${MAX_LINE_CHARACTERS} characters`)
    }
  } catch (error) {
    throw error instanceof StreamLost ? error : lost(error)
  } finally {
    given.abort()
  }
}
