// Records of the golden vectors, opened as the SDK opens them: the module decides, and WebCrypto decrypts.
import type { Opening } from '../../pkg/aegle.js'
import { openSegments } from '../../src/segments.ts'

/** A module that begins to open a record of the vectors. */
interface VectorModule {
  openingOf(deployment: string, row: string): Opening
}

interface Vector {
  readonly row: unknown
  readonly content: string
  readonly media_type: string
  /** Of the longest one the file has the hash alone. */
  readonly ciphertext?: string
}

/** The bytes of a piece as they come. */
const PIECE_BYTES = 1_000

const bytes = (hex: string) => Uint8Array.from(hex.slice(2).match(/../g) ?? [], (byte) => parseInt(byte, 16))

async function* pieces(ciphertext: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < ciphertext.length; at += PIECE_BYTES) yield ciphertext.subarray(at, at + PIECE_BYTES)
}

async function opens(opening: Opening, ciphertext: Uint8Array, vector: Vector): Promise<boolean> {
  const content: number[] = []
  try {
    for await (const part of openSegments(opening, pieces(ciphertext))) for (const byte of part) content.push(byte)
  } catch {
    return false
  }
  const expected = bytes(vector.content)
  return opening.mediaType === vector.media_type && content.length === expected.length && content.every((byte, at) => byte === expected[at])
}

/** Opens each record whose ciphertext the file has: whether it is right, and whether it opens with its last bit changed. */
export async function openVectors(module: VectorModule, text: string): Promise<{ right: boolean; changed: boolean }[]> {
  const { deployment, records } = JSON.parse(text) as { deployment: unknown; records: Vector[] }
  const found: { right: boolean; changed: boolean }[] = []
  for (const vector of records) {
    if (vector.ciphertext === undefined) continue
    const opening = () => module.openingOf(JSON.stringify(deployment), JSON.stringify(vector.row))
    const ciphertext = bytes(vector.ciphertext)
    const changed = ciphertext.slice()
    changed[changed.length - 1]! ^= 1
    found.push({ right: await opens(opening(), ciphertext, vector), changed: await opens(opening(), changed, vector) })
  }
  return found
}
