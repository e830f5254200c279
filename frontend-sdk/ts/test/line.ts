import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A line to a server of this machine, which breaks when it is told to. */
export class Line implements AsyncDisposable {
  readonly url: string
  /** How often the line breaks before a request arrives, and how often after, so that the answer is lost. */
  breaks = { before: 0, after: 0 }
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  static async to(address: string): Promise<Line> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const line = new Line(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    server.on('connection', (near) => line.#carry(near, Number(new URL(address).port)))
    return line
  }

  #carry(near: Socket, port: number): void {
    this.#sockets.add(near)
    near.on('error', () => undefined)
    const far = connect(port, '127.0.0.1')
    this.#sockets.add(far)
    far.on('error', () => near.destroy())
    near.on('data', (data) => {
      if (this.breaks.before === 0) return void far.write(data)
      this.breaks.before -= 1
      near.destroy()
    })
    far.on('data', (data) => {
      if (this.breaks.after === 0) return void near.write(data)
      this.breaks.after -= 1
      near.destroy()
    })
    far.on('end', () => near.end())
    near.on('close', () => far.destroy())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
