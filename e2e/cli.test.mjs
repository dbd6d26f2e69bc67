// The command line, as the README and the operator's guide show it: a server
// and a simulated fleet in processes of their own, everything else by command.
import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { signIn, until } from './lib/api.mjs'
import { folder, run, startFleet, startServer } from './lib/server.mjs'

const password = 'a long admin password'
const devicePassword = 'bait-device-password'

describe('the command line', () => {
  let dir, dataDir, fleet, server, device
  const env = () => ({ OPENGAM_DATA_DIR: dataDir })
  const ok = async (args, more = {}) => {
    const r = await run(args, { ...more, env: { ...env(), ...more.env } })
    assert.equal(r.code, 0, `opengam ${args.join(' ')}: ${r.code}\n${r.out}${r.log}`)
    return r.out
  }
  const json = async (args) => JSON.parse(await ok([...args, '-o', 'json']))

  before(async () => {
    dir = await folder()
    dataDir = join(dir.path, 'data')
    fleet = await startFleet(1, ['--model', 'GAM-4-CX', '--endpoints-per-port', '2'])
    await fleet.post('1/password', { password: devicePassword })
    server = await startServer(dataDir, password)
    device = fleet.devices[0]
  })
  after(async () => {
    await server?.stop()
    await fleet?.stop()
    await dir?.remove()
  })

  test('version says version, commit and date', async () => {
    assert.match(await ok(['version']), /^opengam \S+ \(commit \S+, built \S+\)\n$/)
  })

  test('help names every command, an unknown one ends with 2', async () => {
    const out = await ok(['--help'])
    for (const c of ['serve', 'demo', 'sim', 'migrate', 'user', 'token', 'device', 'check', 'version']) assert.match(out, new RegExp(`^\\s+${c}\\b`, 'm'), c)
    assert.equal((await run(['frobnicate'])).code, 2)
  })

  test('check finds good settings good, and names what is wrong', async () => {
    assert.match(await ok(['check']), /settings are valid/)
    const r = await run(['check'], { env: { OPENGAM_DATA_DIR: dataDir, OPENGAM_LISTEN: 'nonsense', OPENGAM_DATABASE_URL: 'mysql://u:secretpassword@h/db' } })
    assert.equal(r.code, 1)
    assert.match(r.out, /OPENGAM_LISTEN/)
    assert.match(r.out, /OPENGAM_DATABASE_URL/)
    assert.doesNotMatch(r.out + r.log, /secretpassword/)
  })

  test('the data folder is private, and belongs to one server', async () => {
    for (const file of ['secret.key', 'opengam.db']) assert.equal(statSync(join(dataDir, file)).mode & 0o077, 0, `${file} can be read by others`)
    const r = await run(['serve', '--listen', '127.0.0.1:0'], { env: env() })
    assert.notEqual(r.code, 0, 'a second server on one data folder')
    assert.match(r.log, /data|lock|process/i)
  })

  test('a device is added and read', async () => {
    const out = await ok(['device', 'add', 'north-tower', device.address, '--username', device.username], { env: { OPENGAM_DEVICE_PASSWORD: devicePassword } })
    assert.match(out, /north-tower added/)
    const row = await until('the device to be read', async () => {
      const [d] = await json(['device', 'list'])
      return d?.status === 'online' && d
    })
    assert.equal(row.model, 'GAM-4-CX')
    assert.equal(row.serial_number, device.serial_number)
    assert.match(await ok(['device', 'show', 'north-tower']), new RegExp(`serial number\\s+${device.serial_number}`))
  })

  test('a wrong password leaves the device stuck with a reason, and heals', async () => {
    await fleet.post('1/password', { password: 'another' })
    const api = await signIn(server)
    const [d] = await json(['device', 'list'])
    await api.post(`/api/v1/devices/${d.id}/poll`)
    const bad = await until('the refusal to be seen', async () => {
      const now = await api.get(`/api/v1/devices/${d.id}`)
      return now.status !== 'online' && now
    })
    assert.match(bad.status_reason, /password|login|user/i)
    await fleet.post('1/password', { password: devicePassword })
    await api.post(`/api/v1/devices/${d.id}/poll`)
    await until('the device to be online again', async () => (await api.get(`/api/v1/devices/${d.id}`)).status === 'online')
  })

  test('what is on the device stays untouched until it is adopted', async () => {
    await fleet.post('1/foreign', { count: 3 })
    const before = await fleet.get('1')
    assert.equal(before.running.services.length, 3)
    const api = await signIn(server)
    const [d] = await json(['device', 'list'])
    await api.post(`/api/v1/devices/${d.id}/poll`)
    await until('the entries to be seen', async () => {
      const { items } = await api.get(`/api/v1/unmanaged?device_id=${d.id}`)
      return ['endpoint', 'subscriber'].every((kind) => items.filter((u) => u.kind === kind).length === 3)
    })
    assert.match(await ok(['device', 'plan', 'north-tower']), /nothing to do/)
    assert.match(await ok(['device', 'adopt', 'north-tower', '--all']), /adopted as subscriber/)
    assert.match(await ok(['device', 'plan', 'north-tower']), /nothing to do/)
    await ok(['device', 'apply', 'north-tower'])
    const after = await fleet.get('1')
    assert.deepEqual(after.running, before.running, 'adoption changed the device')
  })

  test('an order made with a token reaches the device and is saved', async () => {
    const token = (await ok(['token', 'create', '--name', 'billing', '--role', 'operator'])).trim()
    const call = async (method, path, body) => {
      const res = await fetch(server.url + path, { method, headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) })
      const text = await res.text()
      assert.ok(res.ok, `${method} ${path}: ${res.status} ${text}`)
      return JSON.parse(text)
    }
    const plan = await call('POST', '/api/v1/plans', { name: 'Home 100', downstream_mbps: 100, upstream_mbps: 20, overhead_percent: 7 })
    const free = (await call('GET', '/api/v1/endpoints?state=quarantined_unknown_mac')).items[0]
    assert.ok(free, 'the fleet has no endpoint left to configure')
    const s = await call('POST', '/api/v1/subscribers', { name: 'Anna', endpoint_mac: free.mac_address, plan_id: plan.id })
    await until('the order to be carried out', async () => (await call('GET', `/api/v1/subscribers/${s.id}`)).sync.state === 'in_sync')
    const manners = await fleet.get('1/manners')
    assert.equal(manners.unsaved_writes, 0, 'not saved')
    assert.equal(manners.overlapping_calls, 0, 'overlapping calls')
    assert.equal(manners.idle_saves, 0, 'saves without a change')
    assert.equal(manners.no_op_writes, 0, 'writes that change nothing')

    // The command line as another program uses it: by URL and token.
    const out = await run(['device', 'list', '-o', 'json'], { env: { OPENGAM_URL: server.url, OPENGAM_TOKEN: token } })
    assert.equal(JSON.parse(out.out)[0].name, 'north-tower')
    const refused = await run(['user', 'list'], { env: { OPENGAM_URL: server.url, OPENGAM_TOKEN: token } })
    assert.equal(refused.code, 1)
    assert.match(refused.log, /admin|role/i)
  })

  test('a change behind its back is repaired', async () => {
    const anna = async () => (await fleet.get('1')).running.services.find((u) => u.name === 'Anna')
    const before = await anna()
    assert.ok(before, 'Anna is on the device')
    await fleet.post('1/rpc', { method: 'ghnAgent.config.userByName.set', params: ['Anna', { VlanId: 999 }] })
    assert.equal((await anna()).vlan_id, 999, 'the change was not made')
    await ok(['device', 'apply', 'north-tower'])
    assert.deepEqual(await anna(), before)
  })

  test('a killed server finds its work again', async () => {
    await server.kill()
    server = await startServer(dataDir, password)
    await until('the device to be in sync', async () => {
      const [d] = await json(['device', 'list'])
      return d?.status === 'online' && d.sync.state === 'in_sync'
    })
  })

  test('accounts', async () => {
    assert.match(await ok(['user', 'add', 'vera', '--role', 'viewer'], { input: 'veras long password\n' }), /vera added as viewer/)
    assert.match(await ok(['user', 'list']), /vera\s+viewer\s+active/)
    await ok(['user', 'passwd', 'vera'], { input: 'another long password\n' })
    const vera = await signIn({ url: server.url, user: 'vera', password: 'another long password' })
    await assert.rejects(vera.post('/api/v1/plans', { name: 'x' }), /403/)
    await ok(['user', 'disable', 'vera'])
    assert.match(await ok(['user', 'list']), /vera\s+viewer\s+disabled/)
    await assert.rejects(vera.get('/api/v1/devices'), /401/)
  })

  test('mistakes are answered with a sentence and status 1', async () => {
    for (const [args, says] of [
      [['device', 'show', 'no-such-device'], /no-such-device.*not found/],
      [['device', 'add', 'north-tower', device.address], /north-tower/],
      [['user', 'passwd', 'nobody'], /nobody.*not found/],
      [['user', 'add', 'short'], /password/],
    ]) {
      const r = await run(args, { env: env(), input: 'short\n' })
      assert.equal(r.code, 1, args.join(' '))
      assert.match(r.log, says)
      assert.doesNotMatch(r.log, /panic|goroutine/)
    }
    const r = await run(['device', 'list'], { env: { OPENGAM_URL: 'http://127.0.0.1:9', OPENGAM_TOKEN: 'x' } })
    assert.equal(r.code, 1)
    assert.match(r.log, /127\.0\.0\.1:9/)
  })

  test('settings from a .env file, and no password in any log', async () => {
    writeFileSync(join(dir.path, '.env'), `OPENGAM_DATA_DIR=${dataDir}\n`)
    const r = await run(['device', 'list'], { cwd: dir.path })
    assert.equal(r.code, 0, r.log)
    assert.match(r.out, /north-tower/)
    for (const secret of [password, devicePassword]) assert.ok(!server.log().includes(secret), 'a password is in the log')
    assert.ok(!readFileSync(join(dataDir, 'opengam.db')).includes(devicePassword), 'the device password is in the database in the clear')
  })
})
