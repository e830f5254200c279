// Holds the packages that a bundle has code of to the licences that deny.toml permits, as scripts/deny.sh does with crates.
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Metafile } from 'esbuild'

/**
 * What packages that name no licence are under, by name and version: deshape is a copy of subshape (paritytech/subshape), whose
 * repository has the text of Apache-2.0.
 */
const CLARIFIED: { readonly [release: string]: string } = { 'deshape@0.1.0': 'Apache-2.0' }

/** The licences that deny.toml permits. */
async function permitted(): Promise<readonly string[]> {
  const text = await readFile(new URL('../../../deny.toml', import.meta.url), 'utf8')
  const [, list] = /^allow = \[([^\]]*)\]/m.exec(text) ?? []
  const names = [...(list ?? '').matchAll(/"([^"]+)"/g)].flatMap(([, name]) => name ?? [])
  if (names.length === 0) throw new Error('deny.toml permits no licence')
  return names
}

/** The package whose file it is: its name and its licence, or undefined where the file is of no package of others. */
async function packageOf(file: string): Promise<{ name: string; license: string | undefined } | undefined> {
  for (let folder = dirname(file); folder.includes('/node_modules/'); folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}')
    const { name, version, license } = JSON.parse(text) as { name?: string; version?: string; license?: string }
    // A folder inside of a package may say of what kind its modules are, and no more.
    if (name !== undefined && version !== undefined) return { name, license: license ?? CLARIFIED[`${name}@${version}`] }
  }
  return undefined
}

/**
 * Returns the packages that a bundle has code of.
 *
 * @param metafile What esbuild tells of the bundle.
 * @param from The folder that its names of files are relative to.
 * @returns The packages' names, in order.
 * @throws Error that names those whose licence deny.toml does not permit, or that name none.
 */
export async function licensed(metafile: Metafile, from: string): Promise<string[]> {
  const parts = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs))
  const files = parts.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([name]) => resolve(from, name))
  const packages = new Map<string, string | undefined>()
  for (const found of await Promise.all(files.map(packageOf))) {
    if (found !== undefined) packages.set(found.name, found.license)
  }
  const allowed = await permitted()
  const refused = [...packages].filter(([, license]) => license === undefined || !allowed.includes(license))
  if (refused.length > 0) {
    const names = refused.map(([name, license]) => `${name} (${license ?? 'no licence named'})`).join(', ')
    throw new Error(`the bundle has code under licences that deny.toml does not permit: ${names}; leave it out, or permit the licence there`)
  }
  return [...packages.keys()].sort()
}
