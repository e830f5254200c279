import { toBytes, toHex } from './bytes.ts'
import { rejected, type WalletSigner } from './chain.ts'
import { AegleError } from './error.ts'
import { untilGivenUp } from './patience.ts'

/** The length of an sr25519 signature, and what some wallets put before it. */
const SIGNATURE_BYTES = 64
const SR25519 = 1

/** Has a wallet sign bytes that are no transaction; the signature’s own bytes, without the kind that some wallets put before them. */
export async function walletSignature(
  { signer, address }: { readonly signer: Pick<WalletSigner, 'signRaw'>; readonly address: string },
  bytes: Uint8Array,
  what: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const asked = signer.signRaw({ address, data: toHex(bytes), type: 'bytes' })
  const { signature } = await untilGivenUp(asked, signal).catch((cause: unknown) => {
    if (signal?.aborted) throw new AegleError('aborted', 'the action was ended by its caller', { cause })
    throw rejected(what, cause)
  })
  const signed = toBytes(signature as `0x${string}`)
  return signed.length === SIGNATURE_BYTES + 1 && signed[0] === SR25519 ? signed.subarray(1) : signed
}
