// A Chromium that reaches nothing but this machine, and pages that remember
// everything that went wrong in them.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

export const outDir = fileURLToPath(new URL('../out/', import.meta.url))

/** The window sizes that every page is looked at: a desk and a phone. */
export const sizes = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } }
export const themes = ['light', 'dark']

/** The first browser that can say its version. */
function executable() {
  const own = fileURLToPath(new URL('../.browsers/', import.meta.url))
  const fetched = () => {
    try {
      return readdirSync(own).filter((d) => d.startsWith('chromium-')).map((d) => join(own, d, 'chrome-linux', 'chrome'))
    } catch {
      return [] // none was fetched
    }
  }
  const names = [process.env.CHROMIUM, 'chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser', ...fetched()]
  for (const name of names.filter(Boolean)) {
    try {
      const path = name.includes('/') ? name : execFileSync('which', [name], { encoding: 'utf8' }).trim()
      execFileSync(path, ['--version'], { stdio: 'ignore' })
      return path
    } catch {
      // the next one
    }
  }
  throw new Error('no Chromium found; run "make setup", or set CHROMIUM to its path')
}

export function launch() {
  return chromium.launch({
    executablePath: executable(),
    args: [
      '--no-sandbox', // containers run as root
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
    ],
  })
}

/**
 * Opens a page of one size and theme that collects faults: errors on the
 * console, exceptions, failed requests, answers of 400 and above, requests to
 * another machine.
 * @param {import('playwright-core').Browser} browser
 * @param {{url: string}} server
 * @param {{size?: keyof typeof sizes, theme?: 'light'|'dark', storageState?: object}} [look]
 */
export async function open(browser, server, { size = 'desk', theme = 'light', storageState } = {}) {
  const context = await browser.newContext({
    baseURL: server.url,
    viewport: sizes[size],
    colorScheme: theme,
    reducedMotion: 'reduce',
    storageState,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const faults = []
  const home = new URL(server.url).host
  // Nobody is signed in at first, and the page has to ask.
  const asksForSession = (url) => new URL(url).pathname === '/api/v1/session'

  page.on('pageerror', (err) => faults.push(`exception: ${err.stack ?? err}`))
  page.on('console', (m) => {
    if (m.type() !== 'error') return
    if (m.text().includes('401') && asksForSession(m.location().url || server.url)) return
    faults.push(`console: ${m.text()} (${m.location().url})`)
  })
  page.on('request', (r) => {
    const url = new URL(r.url())
    if (url.protocol.startsWith('http') && url.host !== home) faults.push(`leaves the machine: ${r.url()}`)
  })
  page.on('requestfailed', (r) => {
    // A page that is left ends its event stream and what it was reading.
    if (r.failure()?.errorText === 'net::ERR_ABORTED') return
    faults.push(`request failed: ${r.method()} ${r.url()}: ${r.failure()?.errorText}`)
  })
  page.on('response', (r) => {
    if (r.status() < 400 || (r.status() === 401 && asksForSession(r.url()))) return
    faults.push(`answer ${r.status()}: ${r.request().method()} ${r.url()}`)
  })
  return {
    page,
    context,
    /** What went wrong since the last call. */
    faults: () => faults.splice(0),
    async shot(name) {
      mkdirSync(outDir, { recursive: true })
      await page.screenshot({ path: join(outDir, `${name}-${size}-${theme}.png`), animations: 'disabled' })
    },
    close: () => context.close(),
  }
}

/** Signs in through the form, as a person does. */
export async function signInByHand(page, server) {
  await page.goto('/')
  await page.getByLabel('User name', { exact: false }).or(page.getByLabel('Username', { exact: false })).first().fill(server.user)
  await page.getByLabel('Password', { exact: false }).first().fill(server.password)
  await page.locator('button[type=submit]').click()
  await page.getByRole('navigation').first().or(page.getByRole('banner')).first().waitFor()
}

/** Resolves when the page has its heading and nothing shows as loading. */
export async function settled(page) {
  await page.locator('h1').first().waitFor()
  await page.waitForFunction(() => !document.querySelector('[role=progressbar]:not([aria-valuenow]), .MuiSkeleton-root'))
}

/** How many pixels the page is wider than its window. */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * What WCAG 2.1 AA has against a page, one line each. A page that is still
 * fading in is looked at a second time.
 */
export async function violations(page) {
  const look = () =>
    page.evaluate(
      axe +
        `;axe.run(document, {
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'],
          // A port of the drawn front shows "3 4/16" and is called "Port 3: up, 4 of 16 endpoints".
          rules: { 'label-content-name-mismatch': { enabled: false } },
        }).then((r) => r.violations.map((v) => v.id + ' (' + v.nodes.length + '): ' + v.nodes[0].html.slice(0, 200)))`,
    )
  const first = await look()
  if (first.length === 0) return first
  await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => {}))))
  return look()
}
