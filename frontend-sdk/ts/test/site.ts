import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright-core'
import { type Browser as Firefox, launch } from 'puppeteer-core'

/** What a page may do: run its own scripts and WebAssembly, and ask servers of this machine. `unsafe-eval` is not in it. */
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' http://127.0.0.1:* ws://127.0.0.1:*; base-uri 'none'; form-action 'none'"

const TYPES: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

/** A web server of some files, under {@link POLICY}. */
export class Site implements AsyncDisposable {
  readonly origin: string
  readonly #server: Server
  readonly #files: Map<string, Uint8Array>

  private constructor(server: Server, files: Map<string, Uint8Array>, origin: string) {
    this.#server = server
    this.#files = files
    this.origin = origin
  }

  static async start(): Promise<Site> {
    const files = new Map<string, Uint8Array>()
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://site')
      const body = files.get(pathname)
      response.setHeader('content-security-policy', POLICY)
      response.setHeader('content-type', TYPES[extname(pathname)] ?? 'application/octet-stream')
      response.writeHead(body ? 200 : 404).end(body)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (typeof address !== 'object' || !address) throw new Error('no port is free')
    return new Site(server, files, `http://127.0.0.1:${address.port}`)
  }

  add(path: string, body: string | Uint8Array): void {
    this.#files.set(path, typeof body === 'string' ? new TextEncoder().encode(body) : body)
  }

  async addFile(path: string, file: URL): Promise<void> {
    this.add(path, await readFile(file))
  }

  /** Bundles a script and what it imports, as an application does. Returns the bundle’s size in bytes. */
  async addBundle(entry: URL): Promise<number> {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(entry)],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      outdir: '/',
      entryNames: '[name]',
      publicPath: '/',
      assetNames: '[name]',
      loader: { '.wasm': 'file' },
      write: false,
      logLevel: 'error',
    })
    for (const { path, contents } of outputFiles) this.add(path, contents)
    return outputFiles.filter(({ path }) => path.endsWith('.js')).reduce((sum, { contents }) => sum + contents.length, 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** The browser that `scripts/setup.sh` installs. */
export async function browser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: process.env['AEGLE_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update'],
  })
}

/** Firefox, which `scripts/setup.sh` installs, too: driven by WebDriver BiDi, as it is released. */
export async function firefox(): Promise<Firefox> {
  return await launch({ browser: 'firefox', executablePath: process.env['AEGLE_FIREFOX'] ?? '/usr/bin/firefox-esr', headless: true })
}
