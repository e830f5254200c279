import { joined } from '../bytes.ts'
import { AegleError } from '../error.ts'
import type { Aegle } from '../session.ts'
import { type OpenedFacts, type OpenParameters, openUpTo } from './openStream.ts'

/** How often a record is opened whose ciphertext breaks off. */
const MAX_OPENINGS = 3
/** The largest ciphertext whose content is held in memory. */
const MAX_HELD_BYTES = 256 * 1024 * 1024

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
 * others did their part, and in the error where too few did. It begins anew where the ciphertext breaks off, three times at most.
 * What has more than 256 MiB is refused before it is fetched: {@link openStream} opens it.
 *
 * @throws `nothing-to-show` for what is absent, erased or not permitted, `denied`, `no-keys`, `too-few-proxies`,
 * `false-answer`, `limit`, `not-finalized`, `content`, `no-webcrypto`, `service-refused`, `service-unreachable`, `chain-unavailable`,
 * `argument`, `aborted`
 */
export async function open(aegle: Aegle, parameters: OpenParameters): Promise<Opened> {
  for (let opening = 1; ; opening += 1) {
    try {
      return await openOnce(aegle, parameters)
    } catch (error) {
      const brokeOff = error instanceof AegleError && error.details['brokeOff'] === true
      if (!brokeOff || opening === MAX_OPENINGS) throw error
    }
  }
}

async function openOnce(aegle: Aegle, parameters: OpenParameters): Promise<Opened> {
  await using stream = await openUpTo(aegle, parameters, MAX_HELD_BYTES)
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
