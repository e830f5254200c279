import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const folder = fileURLToPath(new URL('..', import.meta.url))
/** The most that an application’s script may have of the SDK with its chain, as gzip. */
const MAX_SCRIPT_KB = 100

/** What an application bundles of a script. */
async function bundled(script: string): Promise<{ kilobytes: number; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: script, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    metafile: true,
    write: false,
    logLevel: 'error',
  })
  const [output] = outputFiles
  assert(output)
  const parts = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs))
  const inputs = parts.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([name]) => name)
  return { kilobytes: gzipSync(output.contents, { level: 9 }).length / 1_000, inputs }
}

describe('what an application bundles', () => {
  it('is small, and has nothing of Node.js and no light client', async (context) => {
    const { kilobytes, inputs } = await bundled(`export * from '@aegle/sdk'`)
    context.diagnostic(`the script is ${kilobytes.toFixed(1)} KB as gzip`)
    assert(kilobytes <= MAX_SCRIPT_KB, `${kilobytes} KB`)
    assert.deepEqual(inputs.filter((name) => /smoldot|module\/node/.test(name)), [])
  })

  it('leaves out what is not imported', async () => {
    const all = await bundled(`export * from '@aegle/sdk'`)
    const { kilobytes, inputs } = await bundled(`export { AegleError } from '@aegle/sdk'`)
    assert(kilobytes < all.kilobytes / 10, `${kilobytes} of ${all.kilobytes} KB`)
    assert.deepEqual(inputs.filter((name) => /pkg\/aegle/.test(name)), [])
  })
})

it('packs the module, the types and the metadata, and no test', async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: folder })
  const [packed] = JSON.parse(stdout) as { files: { path: string }[] }[]
  const files = packed?.files.map(({ path }) => path) ?? []
  for (const name of ['dist/index.js', 'dist/index.d.ts', 'pkg/aegle.js', 'pkg/aegle_bg.wasm', 'metadata/consent.json', 'generated/wire/indexer.d.ts']) {
    assert(files.includes(name), name)
  }
  const outside = files.filter((name) => !/^(dist|generated|metadata|pkg|src)\/|^package\.json$|^README/.test(name))
  assert.deepEqual(outside, [])
})
