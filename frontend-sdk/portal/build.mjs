// Builds the portal into dist/: one script, one style sheet, an icon and the SDK’s WebAssembly module, each under a name
// that changes with its content, and a page that names them with their digests (subresource integrity). Of each there is a
// packed form besides, which the server sends to whoever takes gzip.
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { licensed } from '../ts/scripts/licences.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const dist = join(here, 'dist')
/** The most that the script may have as gzip. */
const MAX_SCRIPT_BYTES = 300_000

const digest = (bytes) => `sha384-${createHash('sha384').update(bytes).digest('base64')}`

/** Writes a file and its packed form, under a name with a part of its digest. */
async function write(name, extension, bytes) {
  const file = `${name}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.${extension}`
  const packed = gzipSync(bytes, { level: 9 })
  await writeFile(join(dist, file), bytes)
  await writeFile(join(dist, `${file}.gz`), packed)
  return { file, integrity: digest(bytes), packedBytes: packed.length }
}

await rm(dist, { recursive: true, force: true })
await mkdir(dist)
const wasm = await write('aegle', 'wasm', await readFile(fileURLToPath(import.meta.resolve('@aegle/sdk/aegle.wasm'))))
const { outputFiles, metafile } = await build({
  entryPoints: [join(here, 'src/main.tsx'), join(here, 'src/style.css')],
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2024',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  // The SDK is linked from beside this folder, and what it needs is installed there.
  preserveSymlinks: false,
  define: { WASM_FILE: JSON.stringify(wasm.file), WASM_INTEGRITY: JSON.stringify(wasm.integrity) },
  outdir: dist,
  absWorkingDir: here,
  metafile: true,
  write: false,
  logLevel: 'warning',
})
await licensed(metafile, here)
const made = (extension) => outputFiles.find(({ path }) => path.endsWith(extension)).contents
const script = await write('portal', 'js', made('.js'))
const icon = await write('icon', 'svg', await readFile(join(here, 'src/icon.svg')))
const style = await write('portal', 'css', made('.css'))
if (script.packedBytes > MAX_SCRIPT_BYTES) {
  throw new Error(`the script has ${script.packedBytes} bytes as gzip, more than ${MAX_SCRIPT_BYTES}`)
}
const page = (await readFile(join(here, 'src/index.html'), 'utf8'))
  .replace('ICON', `href="${icon.file}"`)
  .replace('STYLE', `href="${style.file}" integrity="${style.integrity}"`)
  .replace('SCRIPT', `src="${script.file}" integrity="${script.integrity}"`)
await writeFile(join(dist, 'index.html'), page)
console.error(`portal: script ${script.packedBytes}, style ${style.packedBytes}, module ${wasm.packedBytes} bytes as gzip`)
