// Measures the SDK: one JSON object a line, for the names that begin with the argument. What it is compared with are the
// sizes, as gzip, of packages that others build on. It reads dist and pkg: build first.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundled, folder, gzipKilobytes } from '../test/bundled.ts'
import { browser, Site } from '../test/site.ts'

/** How often something is timed, of which the median counts. */
const TIMES = 9

interface Comparison {
  readonly text: string
  readonly value: number
}

const prefix = process.argv[2] ?? ''
const wanted = (name: string) => name.startsWith(prefix) || prefix.startsWith(name)

function line(name: string, value: number, unit: string, comparison?: Comparison): void {
  const compared = comparison ? { comparison: comparison.text, comparison_value: comparison.value } : {}
  console.log(JSON.stringify({ name, value: Number(value.toFixed(2)), unit, ...compared }))
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Loads the module in pages that are each new, from a server of this machine: how long until it can be used. */
async function initMilliseconds(): Promise<number> {
  await using site = await Site.start()
  await site.addBundle(new URL('../test/pages/sdk.ts', import.meta.url))
  site.add('/index.html', '<!doctype html><title>bench</title>')
  const chromium = await browser()
  try {
    const taken: number[] = []
    for (let time = 0; time < TIMES; time += 1) {
      const context = await chromium.newContext()
      const page = await context.newPage()
      await page.goto(`${site.origin}/index.html`)
      const milliseconds = await page.evaluate(async (address) => {
        const sdk = (await import(`${address}/sdk.js`)) as typeof import('../test/pages/sdk.ts')
        const began = performance.now()
        await sdk.init(new URL(sdk.wasm, address))
        return performance.now() - began
      }, site.origin)
      taken.push(milliseconds)
      await context.close()
    }
    return median(taken)
  } finally {
    await chromium.close()
  }
}

if (wanted('sdk/core_gzip_kb')) {
  const { kilobytes } = await bundled(`export * from '@aegle/sdk'`, ['dedot'])
  line('sdk/core_gzip_kb', kilobytes, 'KB', { text: '@mysten/seal', value: 69 })
}
if (wanted('sdk/with_chain_gzip_kb')) {
  const { kilobytes } = await bundled(`export * from '@aegle/sdk'`)
  line('sdk/with_chain_gzip_kb', kilobytes, 'KB', { text: 'viem, its usual clients; polkadot-api has 61', value: 120 })
}
if (wanted('sdk/grant_gzip_kb')) {
  const { kilobytes } = await bundled(`export { grant } from '@aegle/sdk'`)
  line('sdk/grant_gzip_kb', kilobytes, 'KB')
}
if (wanted('sdk/wasm_gzip_kb')) {
  const module = await readFile(join(folder, 'pkg/aegle_bg.wasm'))
  line('sdk/wasm_gzip_kb', gzipKilobytes(module), 'KB', { text: 'TACo', value: 606 })
}
if (wanted('sdk/init_ms')) line('sdk/init_ms', await initMilliseconds(), 'ms')
