/** Says where the WebAssembly module is: beside the package’s own files. Bundlers know this form and move it along. */
export async function moduleBytes(): Promise<BufferSource | URL> {
  return new URL('../../pkg/aegle_bg.wasm', import.meta.url)
}
