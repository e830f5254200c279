import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { licensed } from '../scripts/licences.ts'
import { bundled, folder, gzipKilobytes } from './bundled.ts'

/** The most that an application’s script may have of the SDK with its chain, as gzip. */
const MAX_SCRIPT_KB = 77
/** The most that it may have without the chain. */
const MAX_OWN_KB = 35
/** The most that it may have for one action. */
const MAX_ACTION_KB = 13
/** The most that the module may have as gzip. */
const MAX_MODULE_KB = 840

describe('what an application bundles', () => {
  it('is small, and has nothing of Node.js and no light client', async (context) => {
    const { kilobytes, inputs } = await bundled(`export * from '@aegle/sdk'`)
    context.diagnostic(`the script is ${kilobytes.toFixed(1)} KB as gzip`)
    assert(kilobytes <= MAX_SCRIPT_KB, `${kilobytes} KB`)
    assert.deepEqual(inputs.filter((name) => /smoldot|module\/node/.test(name)), [])
  })

  it('has code under permissive licences alone', async () => {
    for (const entry of ['sdk', 'sdk/react', 'sdk/consent-button', 'sdk/contracts']) {
      const { metafile } = await bundled(`export * from '@aegle/${entry}'`)
      await licensed(metafile, folder)
    }
    const { metafile } = await bundled(`export * from '@aegle/sdk'`)
    assert((await licensed(metafile, folder)).includes('@dedot/api'), 'the look finds the packages of a bundle')
    // The light client that dedot can be used with, and is not here.
    const planted = await bundled(`import { start } from 'smoldot'; export { start }`)
    await assert.rejects(licensed(planted.metafile, folder), /smoldot \(GPL-3\.0/)
  })

  it('has little of its own, without the chain and the module', async (context) => {
    const { kilobytes } = await bundled(`export * from '@aegle/sdk'`, ['dedot'])
    context.diagnostic(`the script without the chain is ${kilobytes.toFixed(1)} KB as gzip`)
    assert(kilobytes <= MAX_OWN_KB, `${kilobytes} KB`)
  })

  it('leaves out what is not imported', async () => {
    const all = await bundled(`export * from '@aegle/sdk'`)
    const { kilobytes, inputs } = await bundled(`export { AegleError } from '@aegle/sdk'`)
    assert(kilobytes < all.kilobytes / 10, `${kilobytes} of ${all.kilobytes} KB`)
    assert.deepEqual(inputs.filter((name) => /pkg\/aegle/.test(name)), [])
  })

  it('has little for one action, and nothing that reads relayed acts', async (context) => {
    const { kilobytes, inputs } = await bundled(`export { grant } from '@aegle/sdk'`)
    context.diagnostic(`the script of \`grant\` alone is ${kilobytes.toFixed(1)} KB as gzip`)
    assert(kilobytes <= MAX_ACTION_KB, `${kilobytes} KB`)
    assert.deepEqual(inputs.filter((name) => /@dedot\/(api|codecs)|placedCall/.test(name)), [])
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
  const kilobytes = gzipKilobytes(module)
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
