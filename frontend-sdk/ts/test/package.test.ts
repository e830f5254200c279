import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const folder = fileURLToPath(new URL('..', import.meta.url))
/** The most that an application’s script may have of the SDK with its chain, as gzip. */
const MAX_SCRIPT_KB = 100
/** The most that the module may have as gzip. */
const MAX_MODULE_KB = 720

/** What an application bundles of a script. */
async function bundled(script: string): Promise<{ kilobytes: number; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: script, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['react'],
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

  for (const script of [
    `export { grant } from '@aegle/sdk'`,
    `export { defineConsentButton } from '@aegle/sdk/consent-button'`,
    `export { useGrant, useGrants } from '@aegle/sdk/react'`,
  ]) {
    it(`has nothing of the core for \`${script}\`, which acts by the handles that it is given`, async () => {
      const { inputs } = await bundled(script)
      assert.deepEqual(inputs.filter((name) => /pkg\/aegle/.test(name)), [])
    })
  }
})

it('has a module that is small, and whose digest stands beside it', async (context) => {
  const module = await readFile(join(folder, 'pkg/aegle_bg.wasm'))
  const kilobytes = gzipSync(module, { level: 9 }).length / 1_000
  context.diagnostic(`the module is ${kilobytes.toFixed(1)} KB as gzip`)
  assert(kilobytes <= MAX_MODULE_KB, `${kilobytes} KB`)
  const digest = createHash('sha256').update(module).digest('hex')
  assert.equal(await readFile(join(folder, 'pkg/SHA256SUMS'), 'utf8'), `${digest}  aegle_bg.wasm\n`)
})

it('packs the module, the types and the metadata, and no test', async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: folder })
  const [packed] = JSON.parse(stdout) as { files: { path: string }[] }[]
  const files = packed?.files.map(({ path }) => path) ?? []
  for (const name of ['dist/index.js', 'dist/index.d.ts', 'dist/react.js', 'dist/consentButton.js', 'pkg/aegle.js', 'pkg/aegle_bg.wasm', 'pkg/SHA256SUMS', 'metadata/consent.json', 'generated/wire/indexer.d.ts']) {
    assert(files.includes(name), name)
  }
  const outside = files.filter((name) => !/^(dist|generated|metadata|pkg|src)\/|^package\.json$|^README/.test(name))
  assert.deepEqual(outside, [])
})
