import { decodeAddress, encodeAddress, hexToU8a, u8aToHex } from 'dedot/utils'
import { AegleError } from './error.ts'

/** 32 bytes as `0x` and 64 lower-case hexadecimal digits. */
export type Hex = `0x${string}`

/** An account: SS58, or `0x` and 64 hexadecimal digits. */
export type AccountLike = string

/** The length of an account. */
const ACCOUNT_BYTES = 32

/** Reads an account in either form. */
export function accountId(what: string, account: AccountLike): Hex {
  if (/^0x[0-9a-fA-F]{64}$/.test(account)) return account.toLowerCase() as Hex
  const refused = (cause?: unknown) =>
    new AegleError('argument', `${what} is no account: \`${account}\` is neither SS58 nor 0x and 64 digits`, { cause })
  let bytes: Uint8Array
  try {
    bytes = decodeAddress(account)
  } catch (cause) {
    throw refused(cause)
  }
  // What is hexadecimal is taken as it is, whatever its length.
  if (bytes.length !== ACCOUNT_BYTES) throw refused()
  return u8aToHex(bytes)
}

/** An account as SS58 with the generic prefix 42. */
export function ss58(account: Hex): string {
  return encodeAddress(hexToU8a(account), 42)
}

/** Parts in a row, of so many bytes together. */
export function joined(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export { hexToU8a as toBytes, u8aToHex as toHex }
