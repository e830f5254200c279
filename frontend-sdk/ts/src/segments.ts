import type { Opening } from '../pkg/aegle.js'
import { joined } from './bytes.ts'
import { AegleError, toAegleError } from './error.ts'
import { pause } from './patience.ts'

/** How many segments are decrypted at the same time, of 64 KiB each. */
const PARALLEL_SEGMENTS = 8
/** How long a page is held up at most by segments that have come already. */
const TURN_MS = 8
/** The most bytes of what is coded, decoded. */
const MAX_DECODED_BYTES = 256 * 1024 * 1024
/** The first bytes of every nonce, which are zero; the segment’s number and a byte that is 1 for the last one follow. */
const NONCE_ZEROS = 7
const NONCE_BYTES = 12

/** How a ciphertext is cut. */
export interface Segments {
  count: number
  bytes: number
  tagBytes: number
  ciphertextBytes: number
}

/** Whether WebCrypto is there: browsers have it for pages that come by TLS, or from this machine. */
function webCrypto(): SubtleCrypto {
  const { subtle } = globalThis.crypto ?? {}
  if (subtle) return subtle
  throw new AegleError('no-webcrypto', 'this page has no WebCrypto, because it did not come by TLS')
}

async function segmentKey(opening: Opening): Promise<CryptoKey> {
  const key = new Uint8Array(opening.cipherKey())
  try {
    return await webCrypto().importKey('raw', key, 'AES-GCM', false, ['decrypt'])
  } finally {
    key.fill(0)
  }
}

function nonce(index: number, count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(NONCE_BYTES)
  new DataView(bytes.buffer).setUint32(NONCE_ZEROS, index)
  bytes[NONCE_BYTES - 1] = index + 1 === count ? 1 : 0
  return bytes
}

/** Cuts a ciphertext that comes in any pieces into its sealed segments. The core hashes each; a wrong length is refused. */
async function* sealedSegments(opening: Opening, segments: Segments, ciphertext: AsyncIterable<Uint8Array>) {
  const { bytes, tagBytes, ciphertextBytes } = segments
  const size = bytes + tagBytes
  const turn = turns()
  let [waiting, length, all]: [Uint8Array[], number, number] = [[], 0, 0]
  const taken = (last: Uint8Array, bytes: number) => {
    const sealed = joined([...waiting, last], bytes)
    opening.hash(sealed)
    ;[waiting, length] = [[], 0]
    return sealed
  }
  for await (const piece of ciphertext) {
    all += piece.length
    let rest = piece
    while (length + rest.length >= size) {
      const missing = size - length
      await turn()
      yield taken(rest.subarray(0, missing), size)
      rest = rest.subarray(missing)
    }
    if (rest.length > 0) waiting.push(rest)
    length += rest.length
    if (all > ciphertextBytes) break
  }
  const last = length > 0 ? taken(new Uint8Array(), length) : undefined
  // The core says which length is wrong.
  if (all !== ciphertextBytes) opening.finish()
  if (last) yield last
}

/** Lets a page do something else where it has not for a while: what has come already comes without a pause. */
function turns(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < TURN_MS) return
    await pause(0)
    since = performance.now()
  }
}

/**
 * Decrypts a record’s ciphertext with WebCrypto as it comes, off the page’s thread, and gives its content, which may be coded, in
 * parts of at most 64 KiB. Each part is authentic; that none is missing, and that the ciphertext is the one that was anchored, is
 * certain when it ends without an error.
 */
export async function* openSegments(opening: Opening, ciphertext: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    const segments = JSON.parse(opening.segments()) as Segments
    const { count, tagBytes } = segments
    const [key, subtle, additionalData] = [await segmentKey(opening), webCrypto(), new Uint8Array(opening.associated())]
    const decrypted: Promise<Uint8Array>[] = []
    const content = async () => {
      const plaintext = await decrypted.shift()!
      const [start, end] = opening.take(plaintext)
      return plaintext.subarray(start, end)
    }
    let index = 0
    for await (const sealed of sealedSegments(opening, segments, ciphertext)) {
      const number = index
      index += 1
      const algorithm = { name: 'AES-GCM', iv: nonce(number, count), additionalData, tagLength: 8 * tagBytes }
      const plaintext = subtle.decrypt(algorithm, key, sealed).then(
        (bytes) => new Uint8Array(bytes),
        () => {
          throw opening.refused(number)
        },
      )
      // It is waited for in its turn, or not any more.
      plaintext.catch(() => undefined)
      decrypted.push(plaintext)
      if (decrypted.length === PARALLEL_SEGMENTS) yield await content()
    }
    while (decrypted.length > 0) yield await content()
    opening.finish()
  } catch (error) {
    throw toAegleError(error)
  }
}

/** Decodes gzip as it comes, without more than a part of it in memory. */
export async function* decoded(coded: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  const { readable, writable } = new DecompressionStream('gzip')
  const [reader, writer] = [readable.getReader(), writable.getWriter()]
  let broken: unknown
  const feeding = (async () => {
    try {
      for await (const part of coded) await writer.write(new Uint8Array(part))
    } catch (error) {
      // An error of the decoder is told where it is read.
      if (error instanceof AegleError) broken = error
      await writer.abort(error)
      return
    }
    await writer.close()
  })()
  feeding.catch(() => undefined)
  try {
    for (let length = 0; ; ) {
      const part = await reader.read()
      if (part.done) break
      length += part.value.length
      if (length > MAX_DECODED_BYTES) {
        throw new AegleError('content', `the decoded content is longer than ${MAX_DECODED_BYTES} bytes`)
      }
      yield part.value
    }
    await feeding
  } catch (cause) {
    if (broken ?? cause instanceof AegleError) throw broken ?? cause
    throw new AegleError('content', 'the content is not coded as its media type says', { cause })
  } finally {
    await reader.cancel().catch(() => undefined)
    await coded.return()
  }
}
