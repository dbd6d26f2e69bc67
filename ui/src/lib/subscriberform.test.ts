import { describe, expect, it } from 'vitest'
import type { Subscriber } from '../api/types'
import { changesOf, emptyOrder, formOf, orderOf } from './subscriberform'

const subscriber: Subscriber = {
  id: 7, version: 3, name: 'Anna', description: '4B', device_id: 2, gam_name: 'G', site_id: null, site_name: '', port: 4,
  endpoint_mac: '00:0E:D8:20:11:A4', plan_id: 1, plan_name: 'Home', vlan_id: 410, vlan_allocated: true, tagging: 'untagged',
  remapped_vlan_id: null, port2_vlan_id: null, allowed_vlans: [], trunk: false, double_tag: null, poe: false, status: 'active',
  sync: { state: 'in_sync', reason: '', since: null }, device_name: 'Anna', external: [], notes: '', created_at: '', updated_at: '',
}

describe('the order form', () => {
  it('leaves an allocated VLAN and the name on the device alone', () => {
    const { order, refused } = orderOf(formOf(subscriber), subscriber)
    expect(refused).toEqual([])
    expect(order).not.toHaveProperty('vlan_id')
    expect(order).not.toHaveProperty('device_name')
    expect(order.endpoint_mac).toBe('00:0E:D8:20:11:A4')
  })
  it('asks for a VLAN when a given one is taken back', () => {
    const given = { ...subscriber, vlan_allocated: false }
    expect(formOf(given).vlanMode).toBe('given')
    expect(orderOf({ ...formOf(given), vlanMode: 'auto' }, given).order.vlan_id).toBeNull()
  })
  it('takes an emptied name on the device as "make one"', () => {
    expect(orderOf({ ...formOf(subscriber), deviceName: ' ' }, subscriber).order.device_name).toBeNull()
  })
  it('sends only what was typed', () => {
    const start = formOf(subscriber)
    const typed = { ...start, description: '4C', allowed: '5, 6' }
    expect(changesOf(orderOf(typed, subscriber).order, orderOf(start, subscriber).order)).toEqual({ description: '4C', allowed_vlans: [5, 6] })
    expect(changesOf(orderOf(start, subscriber).order, orderOf(start, subscriber).order)).toEqual({})
    const given = { ...subscriber, vlan_allocated: false }
    const auto = { ...formOf(given), vlanMode: 'auto' as const }
    expect(changesOf(orderOf(auto, given).order, orderOf(formOf(given), given).order)).toEqual({ vlan_id: null })
  })
  it('refuses what is no number, and leaves rules to the server', () => {
    const { refused, order } = orderOf({ ...emptyOrder, name: 'A', vlanMode: 'given', vlan: '41o', allowed: '5-9', doubleTag: true })
    expect(refused.map((r) => r.field).sort()).toEqual(['allowed_vlans', 'double_tag.outer_vlan_id', 'vlan_id'])
    expect(order.vlan_id).toBeNull()
    expect(orderOf({ ...emptyOrder, vlanMode: 'given', vlan: '3841' }).refused).toEqual([])
  })
})
