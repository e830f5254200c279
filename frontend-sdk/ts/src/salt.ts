import { type Hex, toHex } from './bytes.ts'
import { AegleError } from './error.ts'

/** The length of a salt. */
const SALT_BYTES = 32

/**
 * Draws the salt of a reason: 32 random bytes. Whoever keeps it before an action is called can show, whatever becomes of the
 * transaction, that a reason is the one whose hash is on chain; and calls the action again with the same hash.
 */
export function newSalt(): Hex {
  return toHex(crypto.getRandomValues(new Uint8Array(SALT_BYTES)))
}

/** Reads a salt that an application gives; draws one where it gives none. */
export function saltOf(salt: Hex | undefined): Hex {
  if (salt === undefined) return newSalt()
  if (/^0x[0-9a-fA-F]{64}$/.test(salt)) return salt.toLowerCase() as Hex
  throw new AegleError('argument', 'the salt is not `0x` and 64 hexadecimal digits: draw it by `newSalt`')
}

/** Resolves as an action does whose reason has this salt; its error has the salt as a detail, since the transaction may be on chain. */
export async function keepingSalt<T>(salt: Hex, action: Promise<T>): Promise<T> {
  try {
    return await action
  } catch (error) {
    throw error instanceof AegleError ? error.with({ salt }) : error
  }
}
