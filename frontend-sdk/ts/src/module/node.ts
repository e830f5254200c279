import { readFile } from 'node:fs/promises'
import WebSocket from 'ws'
import type { OpenSocket, SocketEvents } from './socket.ts'

export type { OpenSocket } from './socket.ts'

/** Reads the WebAssembly module beside the package’s own files. */
export async function moduleBytes(): Promise<BufferSource | URL> {
  return new Uint8Array(await readFile(new URL('../../pkg/aegle_bg.wasm', import.meta.url)))
}

/** Opens a WebSocket that ends at once: that of Node.js waits for a silent server, and the process with it. */
export function openSocket(url: string, events: SocketEvents): OpenSocket {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  let [over, why] = [false, '']
  socket.on('open', () => events.opened())
  socket.on('message', (data) => events.told(String(data)))
  socket.on('error', (error) => (why = error.message))
  socket.on('close', (code) => {
    if (!over) events.lost(why || `the connection to ${url} ended (${code})`)
    over = true
  })
  return {
    send: (text) => socket.send(text),
    end: () => {
      over = true
      socket.terminate()
    },
  }
}
