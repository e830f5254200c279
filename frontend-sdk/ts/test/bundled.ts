import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** The folder of the package. */
export const folder = fileURLToPath(new URL('..', import.meta.url))

/** Kilobytes, of 1,000 bytes each, that something has as gzip. */
export function gzipKilobytes(bytes: Uint8Array): number {
  return gzipSync(bytes, { level: 9 }).length / 1_000
}

/** What an application bundles of a script, but for the packages that are `left` out, and which files that is of. */
export async function bundled(script: string, left: readonly string[] = []): Promise<{ kilobytes: number; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: script, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['react', ...left],
    metafile: true,
    write: false,
    logLevel: 'error',
  })
  const [output] = outputFiles
  assert(output)
  const parts = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs))
  const inputs = parts.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([name]) => name)
  return { kilobytes: gzipKilobytes(output.contents), inputs }
}
