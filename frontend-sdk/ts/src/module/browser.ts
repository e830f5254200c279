import type { OpenSocket, SocketEvents } from './socket.ts'

export type { OpenSocket } from './socket.ts'

/** Says where the WebAssembly module is: beside the package’s own files. Bundlers know this form and move it along. */
export async function moduleBytes(): Promise<BufferSource | URL> {
  return new URL('../../pkg/aegle_bg.wasm', import.meta.url)
}

/** Opens a WebSocket of the browser. */
export function openSocket(url: string, events: SocketEvents): OpenSocket {
  const socket = new WebSocket(url)
  let over = false
  socket.onopen = () => events.opened()
  socket.onmessage = ({ data }) => events.told(String(data))
  socket.onclose = ({ code }) => {
    if (!over) events.lost(`the connection to ${url} ended (${code})`)
    over = true
  }
  return {
    send: (text) => socket.send(text),
    end: () => {
      over = true
      socket.close()
    },
  }
}
