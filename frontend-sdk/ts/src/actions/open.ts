import type { OpenedRecord } from '../../pkg/aegle.js'
import type { Hex } from '../bytes.ts'
import type { Patient, Reader } from '../keys.ts'
import type { ProxyFault } from '../proxies.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { Purpose } from '../terms.ts'

/** Which record is opened, by whom, and for what. */
export interface OpenParameters extends ActionOptions {
  /** Who opens: a reader by a grant, or the patient themselves. */
  readonly by: Patient | Reader
  /** The record, as {@link search} names it. */
  readonly record: string
  /** The purpose: `TREAT`, unless it says otherwise. A patient’s own is `PATRQT` always. */
  readonly purpose?: Purpose
}

/** A record that was opened, and verified against the chain to its last byte. */
export interface Opened {
  readonly record: string
  readonly patient: Hex
  readonly author: Hex
  /** When it was written, in milliseconds since the Unix epoch. */
  readonly authoredAt: number
  readonly domain: number
  readonly batch: number
  /** The grant by which it was opened; nothing for the patient’s own. */
  readonly grant: number | null
  /** Proxies that failed or lied, while enough of the others did their part. */
  readonly faults: readonly ProxyFault[]
  readonly mediaType: string
  readonly content: Uint8Array
  /** The content as text. */
  text(): string
  /** The content as JSON. */
  json(): unknown
}

function opened(handle: OpenedRecord): Opened {
  try {
    const content = handle.content()
    const text = () => new TextDecoder('utf-8', { fatal: true }).decode(content)
    const facts = JSON.parse(handle.facts()) as Pick<
      Opened,
      'record' | 'patient' | 'author' | 'authoredAt' | 'domain' | 'batch' | 'grant' | 'faults'
    >
    return { ...facts, mediaType: handle.mediaType, content, text, json: () => JSON.parse(text()) as unknown }
  } finally {
    handle.free()
  }
}

/**
 * Opens a record: verifies it against the ledger, has as many proxies as must apply their shares of the grant’s keys, verifies
 * the part of each, combines them, and decrypts. Proxies that fail or lie are named in what is returned, while enough of the
 * others did their part, and in the error where too few did.
 *
 * @throws `nothing-to-show` for what is absent, erased or not permitted, `denied`, `no-keys`, `too-few-proxies`,
 * `false-answer`, `not-finalized`, `content`, `service-refused`, `service-unreachable`, `chain-unavailable`, `argument`, `aborted`
 */
export async function open(aegle: Aegle, parameters: OpenParameters): Promise<Opened> {
  const { by, record, purpose, ...options } = parameters
  const { keys } = by
  return opened(
    await run(aegle, undefined, options, (host) =>
      'enrol' in keys
        ? keys.open(aegle.deployment, host, record)
        : keys.open(aegle.deployment, host, record, purpose ?? 'TREAT'),
    ),
  )
}
