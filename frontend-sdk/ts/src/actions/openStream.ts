import type { Host, Opening } from '../../pkg/aegle.js'
import { anchor, type AnchoredRecord, type WrittenRecord } from '../anchors.ts'
import { type AccountLike, accountId } from '../bytes.ts'
import { AegleError } from '../error.ts'
import { sendForPieces } from '../http.ts'
import type { Patient, Reader } from '../keys.ts'
import type { ProxyFault } from '../proxies.ts'
import { decoded, openSegments, type Segments } from '../segments.ts'
import { type ActionOptions, type Aegle, hosted, release } from '../session.ts'
import type { Purpose } from '../terms.ts'

/** Which record is opened, by whom, and for what. */
export interface OpenParameters extends ActionOptions {
  /** Who opens: a reader by a grant, or the patient themselves. */
  readonly by: Patient | Reader
  /** The record, as {@link search} names it. */
  readonly record: string
  /**
   * Whose record it is: one of another patient is refused as `false-answer`. Name whom you searched for, since the record is
   * what the indexer named.
   */
  readonly patient?: AccountLike
  /** The purpose: `TREAT`, unless it says otherwise. A patient’s own is `PATRQT` always. */
  readonly purpose?: Purpose
}

/** What is known of a record that is opened. */
export interface OpenedFacts extends AnchoredRecord {
  /** The grant by which it was opened; nothing for the patient’s own. */
  readonly grant: number | null
  /** Proxies that failed or lied, while enough of the others did their part. */
  readonly faults: readonly ProxyFault[]
  readonly mediaType: string
}

/** A record that is opened while it comes. */
export interface OpenedStream extends OpenedFacts, AsyncDisposable {
  /**
   * The content, in parts. Each part is authentic. That none is missing, and that it is what was anchored, is certain when it ends
   * without an error: after an error, what was taken before must be thrown away. It can be taken once, within 5 minutes.
   */
  readonly content: AsyncGenerator<Uint8Array, void>
  /** Gives up what was not taken. */
  cancel(): Promise<void>
}

type Facts = WrittenRecord & Pick<OpenedFacts, 'grant' | 'faults'>

/**
 * Opens a record, and gives its content while it comes: in memory is never more than some parts of it. WebCrypto decrypts, off the
 * page’s thread. Take the content to its end, or `cancel`: `await using` does that.
 *
 * @throws what {@link open} throws; of the content, when it is taken
 */
export async function openStream(aegle: Aegle, parameters: OpenParameters): Promise<OpenedStream> {
  return await openUpTo(aegle, parameters, Infinity)
}

/** The same, of a record whose ciphertext has so many bytes at most; a larger one is refused before it is fetched. */
export async function openUpTo(aegle: Aegle, parameters: OpenParameters, mostBytes: number): Promise<OpenedStream> {
  const { by, record, patient, purpose, ...options } = parameters
  const whose = patient === undefined ? undefined : accountId('the patient', patient)
  const { keys } = by
  const { host, signal, kept, failed, end } = hosted(aegle, undefined, options)
  let opening: Opening | undefined
  let ciphertext: AsyncGenerator<Uint8Array, void> | undefined
  let parts: AsyncGenerator<Uint8Array, void> | undefined
  let given = false
  // Nothing of the record is used any more: what uses it has ended before.
  const close = async () => {
    end()
    await parts?.return()
    await ciphertext?.return()
    if (opening) release(opening)
    opening = undefined
  }
  const failure = (error: unknown) => (given ? new AegleError('aborted', 'the content was given up by its caller') : failed(error))
  try {
    signal.throwIfAborted()
    opening =
      'enrol' in keys
        ? await keys.begin(aegle.deployment, host, record)
        : await keys.begin(aegle.deployment, host, record, purpose ?? 'TREAT')
    const facts = JSON.parse(opening.facts()) as Facts
    if (whose !== undefined && facts.patient !== whose) {
      throw new AegleError('false-answer', `record ${record} is of patient ${facts.patient}, and not of ${whose}`, { tampering: true })
    }
    const { ciphertextBytes } = JSON.parse(opening.segments()) as Segments
    if (ciphertextBytes > mostBytes) {
      const sentence = `record ${record} has ${ciphertextBytes} bytes, and ${mostBytes} at most are held in memory: open it with openStream`
      throw new AegleError('limit', sentence, { details: { bytes: ciphertextBytes, most: mostBytes } })
    }
    const keep = (pieces: AsyncGenerator<Uint8Array, void>) => (ciphertext = pieces)
    const keeping: Host = { ...host, send: (request) => kept(() => sendForPieces(request, signal, keep)) }
    await keys.fetch(aegle.deployment, keeping, opening)
    if (!ciphertext) throw new AegleError('internal', 'the ciphertext was asked for, and nothing came of it')
    parts = openSegments(opening, ciphertext)
    // The first segment says what the content is.
    const first = await parts.next()
    const plain = after(first, parts, signal)
    const content = ending(opening.coded ? decoded(plain) : plain, failure, close)
    const mediaType = opening.mediaType ?? ''
    const cancel = async () => {
      given = true
      end()
      await content.return()
      // One that nothing was taken of has ended without a word.
      await close()
    }
    return { ...facts, anchor: anchor(facts.anchor), mediaType, content, cancel, [Symbol.asyncDispose]: cancel }
  } catch (error) {
    const thrown = failed(error)
    await close()
    throw thrown
  }
}

/** What was taken already, and then the rest. */
async function* after(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array, void>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  try {
    signal.throwIfAborted()
    if (first.done) return
    if (first.value.length > 0) yield first.value
    // Padding has no content.
    for await (const part of rest) {
      signal.throwIfAborted()
      if (part.length > 0) yield part
    }
  } finally {
    await rest.return()
  }
}

/** The same, which closes what it comes from at its end, whatever that is. */
async function* ending(
  content: AsyncGenerator<Uint8Array, void>,
  failed: (error: unknown) => AegleError,
  close: () => Promise<void>,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* content
  } catch (error) {
    throw failed(error)
  } finally {
    await close()
  }
}
