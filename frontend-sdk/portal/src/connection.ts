import { type Aegle, connect, init } from '@aegle/sdk'
import type { Settings } from './settings.ts'

let loaded: Promise<void> | undefined

/** Loads the WebAssembly module, which must have the digest that the build knows. */
export async function loadCore(): Promise<void> {
  loaded ??= (async () => init(await fetch(WASM_FILE, { integrity: WASM_INTEGRITY, credentials: 'omit' })))()
  try {
    await loaded
  } catch (error) {
    loaded = undefined
    throw error
  }
}

/** Connects to the node, and to the indexer that serves this page; it pays for what is done where it is to `relay`. */
export async function connectTo(settings: Settings, relay = false): Promise<Aegle> {
  await loadCore()
  const indexer = location.origin
  const servers = Object.fromEntries([...settings.custodians, ...settings.proxies].map(({ url, account }) => [url, { account }]))
  return await connect({
    addresses: { ...settings.addresses, servers: { ...servers, [indexer]: { account: settings.indexer } } },
    chain: settings.chain,
    indexer,
    relay,
  })
}
