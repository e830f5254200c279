import { readFile } from 'node:fs/promises'

/** Reads the WebAssembly module beside the package’s own files. */
export async function moduleBytes(): Promise<BufferSource | URL> {
  return new Uint8Array(await readFile(new URL('../../pkg/aegle_bg.wasm', import.meta.url)))
}
