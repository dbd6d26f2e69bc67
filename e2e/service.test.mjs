// The main journey: an endpoint that nobody has configured becomes a service,
// and the service ends again.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { signIn, until } from './lib/api.mjs'
import { launch, open, overflow, settled, signInByHand } from './lib/browser.mjs'
import { startDemo } from './lib/server.mjs'

for (const size of ['desk', 'phone']) {
  describe(`a service, ${size}`, () => {
    let server, browser, api, p, endpoint, subscriber

    before(async () => {
      server = await startDemo(['--devices', '1'])
      browser = await launch()
      api = await signIn(server)
      await until('the demonstration to be set up', async () => {
        const [device] = (await api.get('/api/v1/devices')).items
        const { total } = await api.get('/api/v1/subscribers?limit=1')
        return total > 0 && device?.sync.state === 'in_sync'
      })
      p = await open(browser, server, { size })
      await signInByHand(p.page, server)
    })
    after(async () => {
      await browser?.close()
      await server?.stop()
    })

    test('starts at an endpoint that is not configured yet', async () => {
      await p.page.goto('/endpoints?state=quarantined_unknown_mac')
      await settled(p.page)
      await p.page.getByRole('button', { name: 'Set up service' }).first().click()
      await p.page.waitForURL(/\/subscribers\/new\?/)
      const mac = new URL(p.page.url()).searchParams.get('endpoint_mac')
      endpoint = await api.get(`/api/v1/endpoints/${encodeURIComponent(mac)}`)
      assert.equal(endpoint.state, 'quarantined_unknown_mac')
      assert.equal(await p.page.getByLabel('Endpoint', { exact: true }).inputValue(), mac)
    })

    test('shows the steps before anything is done', async () => {
      await p.page.getByLabel('Name', { exact: true }).or(p.page.getByLabel('Name *', { exact: true })).first().fill('Zoé Lefèvre')
      await p.page.getByLabel('Unit, description').fill('Unit 4B')
      await p.page.getByLabel('Plan', { exact: true }).click()
      await p.page.getByRole('option', { name: /Family 150/ }).click()
      await p.page.getByRole('button', { name: 'Preview' }).click()
      const dialog = p.page.getByRole('dialog')
      await dialog.getByText('Zoe Lefevre', { exact: true }).first().waitFor() // as the device will call it
      for (const step of [/Add endpoint/, /Add subscriber/]) await dialog.getByText(step).first().waitFor()
      assert.ok((await overflow(p.page)) <= 0, 'the preview is wider than its window')
      await p.shot('preview')
      const before = await api.get(`/api/v1/endpoints/${encodeURIComponent(endpoint.mac_address)}`)
      assert.equal(before.configured, false, 'a preview must not write')
    })

    test('shows the progress live, to the end', async () => {
      await p.page.getByRole('dialog').getByRole('button', { name: 'Place order' }).click()
      await p.page.waitForURL(/\/subscribers\/\d+$/)
      subscriber = Number(p.page.url().match(/(\d+)$/)[1])
      await p.page
        .getByText('Done: the device was read back')
        .waitFor({ timeout: 30_000 })
        .finally(() => p.shot('progress'))
      assert.deepEqual(p.faults(), [], 'faults')
    })

    test('is on the device, verified and saved', async () => {
      const s = await api.get(`/api/v1/subscribers/${subscriber}`)
      assert.equal(s.status, 'active')
      assert.equal(s.sync.state, 'in_sync')
      assert.equal(s.device_name, 'Zoe Lefevre')
      assert.ok(s.vlan_id >= 100 && s.vlan_id <= 4000, `VLAN ${s.vlan_id}`)
      const e = await until('the endpoint to be read again', async () => {
        const now = await api.get(`/api/v1/endpoints/${encodeURIComponent(endpoint.mac_address)}`)
        return now.state === 'ok' && now
      })
      assert.equal(e.subscriber_id, subscriber)
      const plan = await api.get(`/api/v1/devices/${s.device_id}/plan`)
      assert.deepEqual(plan.steps, [], 'nothing is left to do')
      const { items } = await api.get(`/api/v1/changes?subscriber_id=${subscriber}`)
      assert.ok(items.length >= 2, `${items.length} lines in the journal`)
      assert.deepEqual([...new Set(items.map((c) => c.result))], ['verified'])
    })

    test('is found by its name and by the end of its MAC', async () => {
      for (const q of ['Lefèvre', endpoint.mac_address.replaceAll(':', '').slice(-6)]) {
        const hits = (await api.get(`/api/v1/search?q=${encodeURIComponent(q)}`)).items
        assert.ok(hits.some((h) => (h.kind === 'subscriber' && Number(h.id) === subscriber) || h.id === endpoint.mac_address), `${q}: ${JSON.stringify(hits)}`)
      }
    })

    test('is suspended and resumed', async () => {
      await p.page.getByRole('button', { name: 'Suspend', exact: true }).click()
      await p.page.getByRole('dialog').getByRole('button', { name: 'Suspend', exact: true }).click()
      await until('the suspension', async () => {
        const s = await api.get(`/api/v1/subscribers/${subscriber}`)
        return s.status === 'suspended' && s.sync.state === 'in_sync'
      })
      await p.page.getByRole('button', { name: 'Resume', exact: true }).click()
      await p.page.getByRole('dialog').getByRole('button', { name: 'Resume', exact: true }).click()
      await until('the resumption', async () => {
        const s = await api.get(`/api/v1/subscribers/${subscriber}`)
        return s.status === 'active' && s.sync.state === 'in_sync'
      })
      assert.deepEqual(p.faults(), [], 'faults')
    })

    test('a change by somebody else is not overwritten', async () => {
      await p.page.goto(`/subscribers/${subscriber}/edit`)
      await settled(p.page)
      await p.page.getByLabel('Unit, description').fill('Unit 5C')
      const s = await api.get(`/api/v1/subscribers/${subscriber}`)
      await api.patch(`/api/v1/subscribers/${subscriber}`, { notes: 'moved in today' }, { 'If-Match': `"${s.version}"` })
      await p.page.getByRole('button', { name: 'Preview' }).click()
      await p.page.getByRole('dialog').getByRole('button', { name: 'Change order' }).click()
      await p.page.getByText('Somebody else changed this').waitFor()
      await p.shot('stale')
      p.faults() // the refusal itself (412) is what was asked for
      assert.equal((await api.get(`/api/v1/subscribers/${subscriber}`)).description, 'Unit 4B')
    })

    test('ends, and gives its VLAN back', async () => {
      await p.page.goto(`/subscribers/${subscriber}`)
      await settled(p.page)
      await p.page.getByRole('button', { name: 'More', exact: true }).click()
      await p.page.getByRole('menuitem', { name: /End service/ }).click()
      await p.page.getByRole('dialog').getByRole('button', { name: /End service/ }).click()
      await until('the end', async () => {
        const s = await api.get(`/api/v1/subscribers/${subscriber}`)
        return s.status === 'ended' && s.sync.state === 'in_sync'
      })
      await until('the endpoint to be unconfigured again', async () => (await api.get(`/api/v1/endpoints/${encodeURIComponent(endpoint.mac_address)}`)).state === 'quarantined_unknown_mac')
      assert.deepEqual(p.faults(), [], 'faults')
    })
  })
}
