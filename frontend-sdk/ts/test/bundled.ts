import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

/** The folder of the package. */
export const folder = fileURLToPath(new URL('..', import.meta.url))

/** Kilobytes, of 1,000 bytes each, that something has as gzip. */
export function gzipKilobytes(bytes: Uint8Array): number {
  return gzipSync(bytes, { level: 9 }).length / 1_000
}

/** What an application has of a script. */
interface Bundled {
  /** Kilobytes, of 1,000 bytes each, as gzip. */
  readonly kilobytes: number
  /** The files that it is of, from the folder of the package. */
  readonly inputs: string[]
  /** What the bundler tells of it. */
  readonly metafile: Metafile
}

/** What an application bundles of a script, but for the packages that are `left` out. */
export async function bundled(script: string, left: readonly string[] = []): Promise<Bundled> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: script, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['react', ...left],
    metafile: true,
    absWorkingDir: folder,
    write: false,
    logLevel: 'error',
  })
  const [output] = outputFiles
  assert(output)
  const parts = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs))
  const inputs = parts.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([name]) => name)
  return { kilobytes: gzipKilobytes(output.contents), inputs, metafile }
}
