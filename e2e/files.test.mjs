// Subscribers as a file, at a desk and on a phone: export what is listed,
// import it changed, with a faulty line first.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { signIn } from './lib/api.mjs'
import { launch, open, overflow, signInByHand, sizes, violations } from './lib/browser.mjs'
import { startDemo } from './lib/server.mjs'

describe('subscribers as a file', () => {
  let server, browser, api
  before(async () => {
    server = await startDemo()
    browser = await launch()
    api = await signIn(server)
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  for (const size of Object.keys(sizes)) {
    test(size, async () => {
      const p = await open(browser, server, { size })
      const { page } = p
      await signInByHand(page, server)
      await page.goto('/subscribers?sort=-name&status=active')
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()])
      const text = await readFile(await download.path(), 'utf8')
      const want = await api.get('/api/v1/subscribers?sort=-name&status=active&limit=500')
      const ids = text.trim().split('\n').slice(1).map((l) => Number(l.split(',')[0]))
      assert.deepEqual(ids, want.items.map((s) => s.id), 'the file has what is listed, in its order')

      await page.getByRole('button', { name: 'Import…' }).click()
      const dialog = page.getByRole('dialog')
      const choose = (body) => dialog.locator('input[type=file]').setInputFiles({ name: 'edited.csv', mimeType: 'text/csv', buffer: Buffer.from(body) })
      await choose(`name,port\nFirst of ${size},\nSecond of ${size},x\n`)
      await dialog.getByText('2 lines: 1 new, 0 changed, 0 as before, 1 refused.').waitFor()
      await dialog.getByRole('row', { name: /3 port "x" is not a whole number/ }).waitFor()
      assert.equal(await dialog.getByRole('button', { name: 'Import…' }).getAttribute('aria-disabled'), 'true')
      assert.equal(await overflow(page), 0, `the dialog is wider than the window (${size})`)
      assert.deepEqual(await violations(page), [], `WCAG 2.1 AA of the dialog, ${size}`)
      await p.shot('import-refused')

      await choose(`name,port\nFirst of ${size},\nSecond of ${size},\n`)
      await dialog.getByRole('button', { name: 'Import 2 changes' }).click()
      await dialog.getByText('Imported. The devices follow now.').waitFor()
      await p.shot('import-done')
      await dialog.getByRole('button', { name: 'Close' }).click()
      const made = await api.get(`/api/v1/subscribers?q=${encodeURIComponent(`of ${size}`)}`)
      assert.deepEqual(made.items.map((s) => s.name).sort(), [`First of ${size}`, `Second of ${size}`])
      assert.deepEqual(p.faults(), [], `faults, ${size}`)
      await p.close()
    })
  }
})
