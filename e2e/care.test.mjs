// Looking after the plant: a port gets a name and is shut down and switched on
// again; an endpoint is diagnosed, and upgraded when its firmware does not fit.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { signIn, until } from './lib/api.mjs'
import { launch, open, overflow, settled, signInByHand, violations } from './lib/browser.mjs'
import { startDemo } from './lib/server.mjs'

describe('ports and endpoints', () => {
  let server, browser, api, device, endpoint, storageState

  before(async () => {
    server = await startDemo()
    browser = await launch()
    api = await signIn(server)
    await until('all devices to be read', async () => {
      const { items } = await api.get('/api/v1/devices')
      return items.length > 0 && items.every((d) => d.status === 'online' || d.status === 'degraded')
    })
    await until('an endpoint whose firmware does not fit', async () => {
      endpoint = (await api.get('/api/v1/endpoints?firmware_mismatch=true&limit=1')).items[0]
      return Boolean(endpoint)
    })
    // A device that a pass works on leaves its ports alone.
    device = await until('a device that is in sync', async () => {
      const { items } = await api.get('/api/v1/devices?sort=name')
      return items.find((d) => d.mode === 'manage' && d.sync.state === 'in_sync' && !d.work_waiting && !d.unsaved)
    })
    const p = await open(browser, server)
    await signInByHand(p.page, server)
    storageState = await p.context.storageState()
    await p.close()
  })

  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('a port is named, shut down and switched on', async () => {
    const p = await open(browser, server, { storageState })
    await p.page.goto(`/devices/${device.id}?port=2`)
    await settled(p.page)
    const panel = p.page.getByRole('region', { name: 'Port 2' })
    await panel.getByRole('button', { name: 'Name and type…' }).click()
    const dialog = p.page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('riser east')
    assert.deepEqual(await violations(p.page), [])
    await p.shot('port-form')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await panel.getByText('riser east').waitFor()

    await panel.getByRole('button', { name: 'Shut down' }).click()
    await p.shot('port-shutdown')
    await dialog.getByRole('button', { name: 'Shut down' }).click()
    await panel.getByRole('button', { name: 'Switch on' }).click()
    await dialog.getByRole('button', { name: 'Switch on' }).click()
    await panel.getByRole('button', { name: 'Shut down' }).waitFor()
    await panel.getByRole('button', { name: 'Reset counters' }).click()
    await dialog.getByRole('button', { name: 'Reset counters' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await p.page.getByText('not saved to the startup configuration').waitFor({ state: 'hidden' })
    await p.shot('port-panel')

    const { items } = await api.get(`/api/v1/devices/${device.id}/changes?limit=10`)
    const ports = items.filter((c) => c.kind === 'port')
    assert.deepEqual(ports.map((c) => c.result), ['verified', 'verified', 'verified'])
    assert.equal(ports[2].after.port.name, 'riser east')
    assert.equal(ports[1].after.port.admin_up, false)
    assert.deepEqual(p.faults(), [])
    await p.close()
  })

  test('an endpoint is diagnosed and upgraded', async () => {
    for (const size of ['phone', 'desk']) {
      const p = await open(browser, server, { storageState, size })
      await p.page.goto(`/endpoints/${endpoint.mac_address}`)
      await settled(p.page)
      await p.page.getByRole('button', { name: 'Diagnose' }).click()
      await p.page.getByText('Rule:', { exact: false }).first().waitFor()
      assert.ok((await overflow(p.page)) <= 0)
      assert.deepEqual(await violations(p.page), [])
      await p.shot('diagnosis')
      await p.page.getByRole('button', { name: 'Close', exact: true }).click()
      if (size === 'desk') {
        await p.page.getByRole('button', { name: 'Upgrade' }).click()
        await p.page.getByRole('dialog').getByRole('button', { name: 'Upgrade' }).click()
        await p.page.getByText('upgrades itself', { exact: false }).waitFor()
      }
      assert.deepEqual(p.faults(), [])
      await p.close()
    }
  })
})
