import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { it } from 'node:test'
import { build } from 'esbuild'
import { browser } from './visitor.ts'

/** A page with a dialog over it; `over` ends what it is busy with, and `closed` counts how often it was closed. */
const PAGE = `
import { render } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from './Dialog.tsx'

function Page() {
  const [busy, setBusy] = useState(true)
  const [closed, setClosed] = useState(0)
  return (
    <>
      <output>{closed}</output>
      <Dialog title="Busy" busy={busy} onClose={() => setClosed(closed + 1)}>
        <button type="button" disabled={busy}>Go</button>
      </Dialog>
      <button type="button" id="over" onClick={() => setBusy(false)}>Over</button>
    </>
  )
}
render(<Page />, document.body)
`

it('a dialog stays open while it is busy, however often somebody presses Escape', async () => {
  const { outputFiles } = await build({
    stdin: { contents: PAGE, loader: 'tsx', resolveDir: fileURLToPath(new URL('../src/ui', import.meta.url)) },
    bundle: true,
    format: 'iife',
    write: false,
    jsx: 'automatic',
    jsxImportSource: 'preact',
  })
  const chromium = await browser()
  try {
    const page = await chromium.newPage()
    await page.setContent('<!doctype html><title>dialog</title>')
    await page.addScriptTag({ content: outputFiles[0]?.text ?? '' })
    const dialog = page.locator('dialog')
    const isModal = () => dialog.evaluate((one) => one.matches(':modal'))
    await dialog.waitFor()
    for (let time = 0; time < 4; time += 1) {
      await page.keyboard.press('Escape')
      // A close that nobody prevented is told in a task of its own.
      await page.waitForTimeout(50)
      assert(await isModal(), `press ${time + 1}`)
    }
    assert.equal(await page.locator('output').textContent(), '0')
    await page.locator('#over').evaluate((one: HTMLElement) => one.click())
    await page.getByRole('button', { name: 'Go' }).focus()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    assert.equal(await page.locator('output').textContent(), '1')
  } finally {
    await chromium.close()
  }
})
