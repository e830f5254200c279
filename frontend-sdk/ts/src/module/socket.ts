/** What a socket tells, in this order: it opened, texts, and once that it is lost. Nothing after `end`. */
export interface SocketEvents {
  opened(): void
  told(text: string): void
  lost(why: string): void
}

/** A WebSocket, as a connection to a node needs one. */
export interface OpenSocket {
  send(text: string): void
  /** Ends it at once, without waiting for the other side. */
  end(): void
}
