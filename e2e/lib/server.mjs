// Runs the built binary: the demonstration, a server, a simulated fleet, or a
// command that ends by itself.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const binary = process.env.OPENGAM_BIN ?? fileURLToPath(new URL('../../bin/opengam', import.meta.url))

/** How long a start or a command may take on a busy machine. */
const startLimitMS = 60_000
const stopLimitMS = 30_000

/** A folder that is removed by the returned function. */
export async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'opengam-e2e-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const s = createServer()
    s.once('error', reject)
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => resolve(port))
    })
  })
}

function launch(args, cwd, env) {
  if (!existsSync(binary)) throw new Error(`${binary} is missing; run "make build" first`)
  const child = spawn(binary, args, {
    // Nothing of the caller's settings reaches the program.
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const p = { child, out: '', log: '' }
  child.stdout.on('data', (b) => (p.out += b))
  child.stderr.on('data', (b) => (p.log += b))
  p.ended = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(signal ?? code))
  })
  return p
}

/** Runs a command to its end. */
export async function run(args, { cwd = tmpdir(), env = {}, input = '' } = {}) {
  const p = launch(args, cwd, env)
  p.child.stdin.end(input)
  const timer = setTimeout(() => p.child.kill('SIGKILL'), startLimitMS)
  const code = await p.ended
  clearTimeout(timer)
  return { code, out: p.out, log: p.log }
}

/**
 * Starts a program that stays, and resolves when its output says that it is
 * ready.
 * @param {string[]} args
 * @param {(out: string) => T | undefined} ready reads the output so far
 * @template T
 */
export async function start(args, ready, { cwd = tmpdir(), env = {} } = {}) {
  const p = launch(args, cwd, env)
  p.child.stdin.end()
  const what = `opengam ${args.join(' ')}`
  const answer = await new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${what} ${why}\n${p.out}${p.log}`))
    const timer = setTimeout(() => {
      p.child.kill('SIGKILL')
      fail(`did not start within ${startLimitMS / 1000} s`)
    }, startLimitMS)
    p.ended.then((code) => fail(`ended at once (${code})`), reject)
    p.child.stdout.on('data', () => {
      const v = ready(p.out)
      if (v === undefined) return
      clearTimeout(timer)
      resolve(v)
    })
  })
  return {
    answer,
    log: () => p.log,
    /** Ends it without a chance to tidy up, as a power cut does. */
    async kill() {
      p.child.kill('SIGKILL')
      await p.ended
    },
    async stop() {
      p.child.kill('SIGTERM')
      const timer = setTimeout(() => p.child.kill('SIGKILL'), stopLimitMS)
      const code = await p.ended
      clearTimeout(timer)
      if (code !== 0) throw new Error(`${what} ended with ${code}\n${p.log}`)
    },
  }
}

/** Starts the demonstration on a free port. */
export async function startDemo(args = []) {
  const dir = await folder()
  const said = (out, word) => out.match(new RegExp(`^\\s*${word}:\\s+(\\S+)\\s*$`, 'm'))?.[1]
  const demo = await start(['demo', '--data-dir', join(dir.path, 'data'), '--listen', '127.0.0.1:0', ...args], (out) => {
    const v = { url: said(out, 'URL'), user: said(out, 'user'), password: said(out, 'password') }
    return v.url && v.user && v.password ? v : undefined
  })
  return {
    ...demo.answer,
    log: demo.log,
    async stop() {
      await demo.stop()
      await dir.remove()
    },
  }
}

/** Starts a server on a data folder; `admin` has the given password. */
export async function startServer(dataDir, password) {
  const server = await start(['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0'], (out) => out.match(/^OpenGAM is at (\S+)$/m)?.[1], {
    env: { OPENGAM_ADMIN_PASSWORD: password },
  })
  return { url: server.answer, user: 'admin', password, log: server.log, stop: server.stop, kill: server.kill }
}

/** Starts a simulated fleet; resolves with what it says of each device. */
export async function startFleet(devices, args = []) {
  const control = `127.0.0.1:${await freePort()}`
  const fleet = await start(['sim', '--devices', String(devices), '--control', control, ...args], (out) => {
    const lines = out.split('\n').filter((l) => l.startsWith('{') && l.endsWith('}'))
    return lines.length === devices ? lines.map((l) => JSON.parse(l)) : undefined
  })
  async function ask(method, path, body) {
    const res = await fetch(`http://${control}/devices/${path}`, { method, body: body && JSON.stringify(body) })
    const text = await res.text()
    if (!res.ok) throw new Error(`${method} ${path}: ${res.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  return {
    devices: fleet.answer,
    get: (path) => ask('GET', path),
    post: (path, body) => ask('POST', path, body ?? {}),
    stop: fleet.stop,
  }
}
