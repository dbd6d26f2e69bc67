import { describe, expect, it } from 'vitest'
import { ago, duration, parseTime } from './time'
import { optionalNumber, parseVLANs } from './vlans'

describe('time', () => {
  it('takes absent and zero times as none', () => {
    expect(parseTime(null)).toBeNull()
    expect(parseTime('0001-01-01T00:00:00Z')).toBeNull()
    expect(parseTime('nonsense')).toBeNull()
    expect(parseTime('2026-11-24T13:00:00Z')?.getTime()).toBe(Date.UTC(2026, 10, 24, 13))
  })
  it('says how long ago', () => {
    const now = Date.UTC(2026, 10, 24, 13)
    expect(ago(new Date(now - 2000), now)).toBe('now')
    expect(ago(new Date(now - 5 * 60e3), now)).toMatch(/5 min/)
    expect(ago(new Date(now - 3 * 3600e3), now)).toMatch(/3 hr/)
  })
  it('gives a duration in its two largest units', () => {
    expect(duration(0)).toBe('0 s')
    expect(duration(59)).toBe('59 s')
    expect(duration(3 * 86400 + 4 * 3600 + 5)).toBe('3 d 4 h')
    expect(duration(86400 + 5)).toBe('1 d')
    expect(duration(null)).toBe('')
  })
})

describe('VLANs', () => {
  it('reads lists with any separator', () => {
    expect(parseVLANs('410, 411;420  430')).toEqual([410, 411, 420, 430])
    expect(parseVLANs('')).toEqual([])
    expect(parseVLANs('410-412')).toBeNull()
  })
  it('tells empty from wrong', () => {
    expect(optionalNumber('  ')).toBeNull()
    expect(optionalNumber('12')).toBe(12)
    expect(optionalNumber('12a')).toBeNaN()
  })
})
