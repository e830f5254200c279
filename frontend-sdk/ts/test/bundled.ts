import assert from 'node:assert/strict'
import { relative } from 'node:path'
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
  /** Kilobytes, of 1,000 bytes each, as gzip, of what is loaded at once. */
  readonly kilobytes: number
  /** The files that this is of, from the folder of the package. */
  readonly inputs: string[]
  /** What the bundler tells of all of it, with what is loaded when it is needed. */
  readonly metafile: Metafile
}

/** What an application bundles of a script, but for the packages that are `left` out. */
export async function bundled(script: string, left: readonly string[] = []): Promise<Bundled> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: script, resolveDir: folder },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['react', ...left],
    metafile: true,
    absWorkingDir: folder,
    outdir: 'bundled',
    write: false,
    logLevel: 'error',
  })
  const { outputs } = metafile
  const loaded = new Set(Object.keys(outputs).filter((name) => outputs[name]?.entryPoint !== undefined && /stdin/.test(name)))
  for (const name of loaded) {
    for (const { path, kind, external } of outputs[name]?.imports ?? []) {
      if (kind === 'import-statement' && !external) loaded.add(path)
    }
  }
  const files = outputFiles.filter(({ path }) => loaded.has(relative(folder, path)))
  assert.equal(files.length, loaded.size)
  const parts = [...loaded].flatMap((name) => Object.entries(outputs[name]?.inputs ?? {}))
  const inputs = parts.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([name]) => name)
  const kilobytes = files.reduce((sum, { contents }) => sum + gzipKilobytes(contents), 0)
  return { kilobytes, inputs, metafile }
}
