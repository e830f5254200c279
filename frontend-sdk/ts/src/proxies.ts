import type { Hex } from './bytes.ts'

/**
 * What a proxy did, or did not do: `unknown` is one that is in nobody’s address book, `silent` did not answer in time,
 * `unreachable` cannot be connected to, `refused` did not do its part, `false` sent what no honest proxy sends, `not-finalized`
 * decided at a block that is not finalized, and `no-share` holds no share of the grant as it is split now.
 */
export type ProxyFailure =
  | 'unknown'
  | 'silent'
  | 'unreachable'
  | 'refused'
  | 'false'
  | 'not-finalized'
  | 'no-share'
  | 'other'

/** A proxy whose part is missing, and why. */
export interface ProxyFault {
  /** The proxy’s account. */
  readonly proxy: Hex
  readonly kind: ProxyFailure
  /** Why, in a sentence. */
  readonly reason: string
  /** Whether what it sent is not what an honest proxy sends. */
  readonly tampering: boolean
}
