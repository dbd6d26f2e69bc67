import { describe, expect, it } from 'vitest'
import { figures, ghnLook, layout, linkLook, type PlatePort } from './plate'

const port = (change: Partial<PlatePort> = {}): PlatePort => ({
  number: 1, kind: 'ghn', oper_up: false, admin_up: true, endpoint_count: 0, speed_mbps: 0, ...change,
})
const ends = (...states: string[]) => figures(states.map((state) => ({ state, subscriber_id: null })))

describe('a port on the front plate', () => {
  it('keeps unknown apart from down and empty', () => {
    expect(ghnLook(undefined, ends())).toBe('unknown')
    expect(ghnLook(port(), ends())).toBe('empty')
    expect(ghnLook(port(), ends('not_detected'))).toBe('down')
  })
  it('warns when some of its endpoints are missing or misplaced', () => {
    expect(ghnLook(port({ oper_up: true }), ends('ok', 'not_detected'))).toBe('warn')
    expect(ghnLook(port({ oper_up: true }), ends('quarantined_wrong_port'))).toBe('warn')
    expect(ghnLook(port({ oper_up: true }), ends('ok', 'quarantined_unknown_mac'))).toBe('up')
  })
  it('shows a port that was switched off as off', () => {
    expect(ghnLook(port({ admin_up: false, oper_up: true }), ends('ok'))).toBe('off')
    expect(linkLook(port({ admin_up: false }))).toBe('off')
    expect(linkLook(port({ admin_up: null, oper_up: true }))).toBe('up')
    expect(linkLook(undefined)).toBe('unknown')
  })
  it('counts states', () => {
    expect(ends('ok', 'ok', 'not_detected', 'quarantined_unknown_mac', 'odd')).toEqual({ ok: 2, silent: 1, wrong: 0, fresh: 1 })
  })
  it('takes an endpoint with an order as no longer new', () => {
    expect(figures([{ state: 'quarantined_unknown_mac', subscriber_id: 7 }]).fresh).toBe(0)
  })
  it('lays ports out as on the unit, and narrower on a phone', () => {
    expect(layout(24, false)).toMatchObject({ columns: 12, rows: 2 })
    expect(layout(12, false)).toMatchObject({ columns: 12, rows: 1 })
    expect(layout(24, true)).toMatchObject({ columns: 6, rows: 4 })
    expect(layout(4, true)).toMatchObject({ columns: 4, rows: 1 })
    expect(layout(0, false)).toMatchObject({ columns: 1, rows: 1 })
  })
})
