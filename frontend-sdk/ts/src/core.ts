import { moduleBytes } from '#module'
import start, * as wasm from '../pkg/aegle.js'
import { AegleError } from './error.ts'

/** Where the WebAssembly module comes from: its bytes, its address, an answer that brings it, or the compiled module. */
export type ModuleSource = BufferSource | URL | string | Response | WebAssembly.Module

let started: Promise<void> | undefined
let ready = false

/**
 * Loads the WebAssembly module; later calls wait for the first one. Without `source` it is found beside the package’s
 * own files; a bundler that does not move those needs to be told.
 */
export async function init(source?: ModuleSource): Promise<void> {
  started ??= (async () => {
    await start({ module_or_path: source ?? (await moduleBytes()) })
    ready = true
  })()
  try {
    await started
  } catch (cause) {
    started = undefined
    throw new AegleError('not-initialised', 'the WebAssembly module cannot be loaded', { cause })
  }
}

/** The core; an error before it is loaded. */
export function core(): typeof wasm {
  if (!ready) throw new AegleError('not-initialised', 'the SDK is used before its WebAssembly module is loaded')
  return wasm
}
