// Writes what is generated: the types of the contracts from their metadata, and those of what travels from the
// description of the HTTP interface. `--check` writes nothing and fails when what is there is stale.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import openapi, { astToString } from 'openapi-typescript'

const run = promisify(execFile)
const here = fileURLToPath(new URL('..', import.meta.url))
const repository = join(here, '../..')
const contracts = ['consortium', 'consent', 'ledger']
const services = ['indexer', 'token-service']

async function generate(folder) {
  await mkdir(join(folder, 'wire'), { recursive: true })
  for (const contract of contracts) {
    const metadata = join(repository, 'contracts/artifacts', `${contract}.json`)
    await run(process.execPath, [join(here, 'node_modules/dedot/bin/dedot.mjs'), 'typink', '-m', metadata, '-o', join(folder, 'contracts')])
  }
  for (const service of services) {
    const description = new URL(`file://${join(repository, 'docs/openapi', `${service}.json`)}`)
    const types = astToString(await openapi(description, { silent: true }))
    await writeFile(join(folder, 'wire', `${service}.d.ts`), `// Generated from docs/openapi/${service}.json.\n\n${types}`)
  }
}

async function files(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const found = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(await Promise.all(found.map(async (path) => [relative(folder, path), await readFile(path, 'utf8')])))
}

const kept = join(here, 'generated')
if (process.argv.includes('--check')) {
  const fresh = await mkdtemp(join(tmpdir(), 'aegle-generated-'))
  try {
    await generate(fresh)
    const [made, stored] = await Promise.all([files(fresh), files(kept)])
    const stale = [...new Set([...made.keys(), ...stored.keys()])].filter((name) => made.get(name) !== stored.get(name))
    if (stale.length > 0) {
      console.error(`stale: ${stale.join(', ')}\nrun \`npm run generate\` in frontend-sdk/ts`)
      process.exitCode = 1
    }
  } finally {
    await rm(fresh, { recursive: true })
  }
} else {
  await rm(kept, { recursive: true, force: true })
  await generate(kept)
}
