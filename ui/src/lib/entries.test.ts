import { describe, expect, it } from 'vitest'
import { entryDiff } from './entries'

describe('what a step changes', () => {
  it('shows only members that differ', () => {
    const before = { subscriber: { id: 3, name: 'Anna', vlan_id: 410, allowed_vlans: [5, 6], trunk: false } }
    const after = { subscriber: { id: 0, name: 'Anna', vlan_id: 411, allowed_vlans: [5, 6], trunk: true } }
    expect(entryDiff(before, after)).toEqual([
      { name: 'vlan_id', before: '410', after: '411' },
      { name: 'trunk', before: '', after: 'yes' },
    ])
  })
  it('leaves out what says nothing in a new entry', () => {
    expect(entryDiff(null, { profile: { id: 2, name: '100/20', description: '', down_mbps: 107, up_mbps: 0 } })).toEqual([
      { name: 'name', before: '', after: '100/20' },
      { name: 'down_mbps', before: '', after: '107' },
    ])
  })
  it('shows a removed entry as it was', () => {
    expect(entryDiff({ endpoint: { name: 'E1', port: 4 } }, undefined)).toEqual([
      { name: 'name', before: 'E1', after: '' },
      { name: 'port', before: '4', after: '' },
    ])
  })
  it('says that a port is shut down', () => {
    const port = { number: 4, name: 'riser', port_type: 'SISO', admin_up: true }
    expect(entryDiff({ port }, { port: { ...port, name: '', admin_up: false } })).toEqual([
      { name: 'name', before: 'riser', after: '' },
      { name: 'admin_up', before: 'yes', after: 'no' },
    ])
  })
  it('says nothing of nothing', () => expect(entryDiff(null, null)).toEqual([]))
})
