// Runs the built binary with its simulated fleet on a free port.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const binary = process.env.OPENGAM_BIN ?? fileURLToPath(new URL('../../bin/opengam', import.meta.url))

/** How long a start may take on a busy machine. */
const startLimitMS = 60_000
const stopLimitMS = 30_000

/**
 * Starts `opengam demo` and resolves when it serves.
 * @param {string[]} [args] further arguments
 * @returns {Promise<{url: string, user: string, password: string, log: () => string, stop: () => Promise<void>}>}
 */
export async function startDemo(args = []) {
  if (!existsSync(binary)) throw new Error(`${binary} is missing; run "make build" first`)
  const dataDir = await mkdtemp(join(tmpdir(), 'opengam-e2e-'))
  const child = spawn(binary, ['demo', '--data-dir', dataDir, '--listen', '127.0.0.1:0', ...args], {
    // Nothing of the caller's settings reaches the server.
    env: { PATH: process.env.PATH, HOME: dataDir },
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let log = ''
  child.stderr.on('data', (b) => (log += b))
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))

  const said = (word) => out.match(new RegExp(`^\\s*${word}:\\s+(\\S+)\\s*$`, 'm'))?.[1]
  await new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`opengam demo ${why}\n${out}${log}`))
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      fail(`did not start within ${startLimitMS / 1000} s`)
    }, startLimitMS)
    child.once('error', (err) => fail(`cannot be run: ${err.message}`))
    ended.then(({ code, signal }) => fail(`ended at once (${signal ?? code})`))
    child.stdout.on('data', (b) => {
      out += b
      if (said('URL') && said('user') && said('password')) {
        clearTimeout(timer)
        resolve()
      }
    })
  })

  return {
    url: said('URL'),
    user: said('user'),
    password: said('password'),
    log: () => log,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMS)
      const { code, signal } = await ended
      clearTimeout(timer)
      await rm(dataDir, { recursive: true, force: true })
      if (code !== 0) throw new Error(`opengam demo ended with ${signal ?? code}\n${log}`)
    },
  }
}
