import { joined } from '../bytes.ts'
import type { Aegle } from '../session.ts'
import { type OpenedFacts, type OpenParameters, openStream } from './openStream.ts'

/** A record that was opened, and verified against the chain to its last byte. */
export interface Opened extends OpenedFacts {
  readonly content: Uint8Array
  /** The content as text. */
  text(): string
  /** The content as JSON. */
  json(): unknown
}

/**
 * Opens a record: verifies it against the ledger, has as many proxies as must apply their shares of the grant’s keys, verifies
 * the part of each, combines them, and decrypts. Proxies that fail or lie are named in what is returned, while enough of the
 * others did their part, and in the error where too few did. What is too large to be held in memory, {@link openStream} opens.
 *
 * @throws `nothing-to-show` for what is absent, erased or not permitted, `denied`, `no-keys`, `too-few-proxies`,
 * `false-answer`, `not-finalized`, `content`, `no-webcrypto`, `service-refused`, `service-unreachable`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function open(aegle: Aegle, parameters: OpenParameters): Promise<Opened> {
  await using stream = await openStream(aegle, parameters)
  const { content: coming, cancel: _, [Symbol.asyncDispose]: __, ...facts } = stream
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of coming) {
    parts.push(part)
    length += part.length
  }
  const content = joined(parts, length)
  const text = () => new TextDecoder('utf-8', { fatal: true }).decode(content)
  return { ...facts, content, text, json: () => JSON.parse(text()) as unknown }
}
