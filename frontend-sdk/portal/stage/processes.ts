import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** How long a service may take to be ready, on a machine that is busy with other things too. */
const READY_LIMIT_MS = 240_000
/** The exit code of a command that left something out, as it was told to. */
const LEFT_OUT = 5

/** Where the programs are: `scripts/portal.sh` says. */
function program(name: string): string {
  const folder = process.env['AEGLE_PROGRAMS']
  if (!folder) throw new Error('AEGLE_PROGRAMS names the folder of aegle, aegle-indexer and aegle-devchain')
  return join(folder, name)
}

/** A free port of this machine. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('no port is free')
  return address.port
}

/** Starts a service, which writes its log into its folder. */
export function start(name: string, parameters: readonly string[], folder: string, env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(program(name), parameters, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const log = createWriteStream(join(folder, `${name}.log`), { flags: 'a' })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  return child
}

/** Ends a service, and waits until it has. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** Runs a command to its end, and returns what it writes. */
export async function command(name: string, parameters: readonly string[], folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return (await run(program(name), parameters, { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 })).stdout
  } catch (error) {
    const { code, stdout } = error as { code?: number; stdout?: string }
    if (code === LEFT_OUT && stdout !== undefined) return stdout
    throw error
  }
}

/** Waits until something answers there; with success, unless any answer does. */
export async function ready(url: string, success = true): Promise<void> {
  const end = Date.now() + READY_LIMIT_MS
  for (;;) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer && (answer.ok || !success)) return
    if (Date.now() > end) throw new Error(`${url} is not ready within ${READY_LIMIT_MS / 1_000} seconds`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
