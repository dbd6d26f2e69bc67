// Takes the README's pictures from a running demonstration:
//   npm --prefix e2e run picture
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { signIn, until } from './lib/api.mjs'
import { launch, open, settled, signInByHand, themes } from './lib/browser.mjs'
import { startDemo } from './lib/server.mjs'

const img = fileURLToPath(new URL('../docs/img/', import.meta.url))
mkdirSync(img, { recursive: true })

const server = await startDemo()
const browser = await launch()
try {
  const api = await signIn(server)
  const devices = await until('the demonstration to be set up', async () => {
    const { items } = await api.get('/api/v1/devices')
    const ready = items.length === 4 && items.every((d) => d.active_subscribers > 0 && !d.work_waiting && d.sync.state === 'in_sync')
    return ready && items
  })
  for (const d of devices) await api.post(`/api/v1/devices/${d.id}/poll`)
  await until('all services to be seen', async () => {
    const s = await api.get('/api/v1/fleet/summary')
    return s.endpoints_unconfigured < s.subscribers / 2
  })
  const shown = devices.toSorted((a, b) => b.active_subscribers - a.active_subscribers)[0]
  for (const theme of themes) {
    const p = await open(browser, server, { theme })
    await p.page.setViewportSize({ width: 1280, height: 860 })
    await signInByHand(p.page, server)
    await p.page.goto(`/devices/${shown.id}?port=3`)
    await settled(p.page)
    await p.page.screenshot({ path: join(img, `device-${theme}.png`), animations: 'disabled' })
    await p.close()
  }
} finally {
  await browser.close()
  await server.stop()
}
