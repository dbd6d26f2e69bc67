// Every page, at a desk and on a phone, in both themes: it loads, keeps within
// its window, everybody can use it, and nothing goes wrong while it does.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { signIn, until } from './lib/api.mjs'
import { launch, open, overflow, settled, signInByHand, sizes, themes, violations } from './lib/browser.mjs'
import { startDemo } from './lib/server.mjs'

describe('every page', () => {
  let server, browser, api, storageState
  const pages = [
    ['devices', '/devices'],
    ['endpoints', '/endpoints'],
    ['subscribers', '/subscribers'],
    ['subscriber-new', '/subscribers/new'],
    ['plans', '/plans'],
    ['sites', '/sites'],
    ['changes', '/changes'],
    ['jobs', '/jobs'],
    ['users', '/users'],
    ['settings', '/settings'],
    ['about', '/about'],
    ['not-found', '/no-such-page'],
  ]

  before(async () => {
    server = await startDemo()
    browser = await launch()
    api = await signIn(server)
    await until('all devices to be read', async () => {
      const { items } = await api.get('/api/v1/devices')
      return items.length > 0 && items.every((d) => d.status === 'online' || d.status === 'degraded')
    })
    const device = (await api.get('/api/v1/devices?sort=name')).items[0]
    pages.push(['device', `/devices/${device.id}`])
    const subscriber = (await api.get('/api/v1/subscribers?limit=1')).items[0]
    if (subscriber) pages.push(['subscriber', `/subscribers/${subscriber.id}`], ['subscriber-edit', `/subscribers/${subscriber.id}/edit`])

    const p = await open(browser, server)
    await signInByHand(p.page, server)
    storageState = await p.context.storageState()
    assert.deepEqual(p.faults(), [], 'faults while signing in')
    await p.close()
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('signing in', async () => {
    for (const size of Object.keys(sizes)) {
      for (const theme of themes) {
        const p = await open(browser, server, { size, theme })
        await p.page.goto('/')
        await p.page.locator('button[type=submit]').waitFor()
        await p.shot('sign-in')
        assert.equal(await overflow(p.page), 0, `sign-in is wider than the window (${size})`)
        assert.deepEqual(await violations(p.page), [], `WCAG 2.1 AA on sign-in, ${size}, ${theme}`)
        assert.deepEqual(p.faults(), [], `faults on sign-in, ${size}, ${theme}`)
        await p.close()
      }
    }
  })

  test('a wrong password is refused with a sentence', async () => {
    const p = await open(browser, server)
    await p.page.goto('/')
    await p.page.getByLabel(/user ?name/i).first().fill(server.user)
    await p.page.getByLabel(/password/i).first().fill('not the password')
    await p.page.locator('button[type=submit]').click()
    await p.page.getByRole('alert').first().waitFor()
    assert.notEqual((await p.page.getByRole('alert').first().innerText()).trim(), '')
    await p.close()
  })

  for (const size of Object.keys(sizes)) {
    for (const theme of themes) {
      test(`${size}, ${theme}`, async (t) => {
        const p = await open(browser, server, { size, theme, storageState })
        for (const [name, path] of pages) {
          await t.test(name, async () => {
            await p.page.goto(path)
            await settled(p.page)
            await p.shot(name)
            assert.ok((await overflow(p.page)) <= 0, 'the page is wider than its window')
            assert.match(await p.page.title(), /OpenGAM/)
            assert.equal(await p.page.evaluate(() => document.documentElement.getAttribute('data-theme') ?? getComputedStyle(document.documentElement).colorScheme), theme)
            assert.deepEqual(await violations(p.page), [], 'WCAG 2.1 AA')
            assert.deepEqual(p.faults(), [], 'faults')
          })
        }
        await p.close()
      })
    }
  }
})
