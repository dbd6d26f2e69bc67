// The order form's values as typed, and the order they make.
import type { Subscriber, SubscriberCreate } from '../api/types'
import { optionalNumber, parseVLANs, showVLANs } from './vlans'

export interface OrderForm {
  name: string
  description: string
  deviceID: string
  port: string
  endpointMAC: string
  planID: string
  vlanMode: 'auto' | 'given'
  vlan: string
  tagging: 'untagged' | 'tagged'
  remapped: string
  port2: string
  allowed: string
  trunk: boolean
  doubleTag: boolean
  outer: string
  nni: string
  poe: boolean
  deviceName: string
  notes: string
}

export const emptyOrder: OrderForm = {
  name: '',
  description: '',
  deviceID: '',
  port: '',
  endpointMAC: '',
  planID: '',
  vlanMode: 'auto',
  vlan: '',
  tagging: 'untagged',
  remapped: '',
  port2: '',
  allowed: '',
  trunk: false,
  doubleTag: false,
  outer: '',
  nni: '',
  poe: false,
  deviceName: '',
  notes: '',
}

const text = (n: number | null | undefined) => (n ? String(n) : '')

/** The form for changing an order. */
export function formOf(s: Subscriber): OrderForm {
  return {
    name: s.name,
    description: s.description,
    deviceID: text(s.device_id),
    port: text(s.port),
    endpointMAC: s.endpoint_mac ?? '',
    planID: text(s.plan_id),
    vlanMode: s.vlan_allocated || s.vlan_id === null ? 'auto' : 'given',
    vlan: text(s.vlan_id),
    tagging: s.tagging,
    remapped: text(s.remapped_vlan_id),
    port2: text(s.port2_vlan_id),
    allowed: showVLANs(s.allowed_vlans),
    trunk: s.trunk,
    doubleTag: s.double_tag !== null,
    outer: text(s.double_tag?.outer_vlan_id),
    nni: s.double_tag?.nni ?? '',
    poe: s.poe,
    deviceName: s.device_name,
    notes: s.notes,
  }
}

export interface Refusal {
  field: string
  kind: 'number' | 'list' | 'needed'
}

export type Order = SubscriberCreate

/**
 * The order that a form makes, or the fields that are no numbers. Whether a
 * number is allowed is the server's to say: it knows the rules.
 */
export function orderOf(f: OrderForm, was?: Subscriber): { order: Order; refused: Refusal[] } {
  const refused: Refusal[] = []
  const number = (field: string, value: string): number | null => {
    const n = optionalNumber(value)
    if (Number.isNaN(n)) {
      refused.push({ field, kind: 'number' })
      return null
    }
    return n
  }
  const allowed = parseVLANs(f.allowed)
  if (!allowed) refused.push({ field: 'allowed_vlans', kind: 'list' })
  const order: Order = {
    name: f.name.trim(),
    description: f.description.trim(),
    device_id: f.deviceID ? Number(f.deviceID) : null,
    port: number('port', f.port),
    endpoint_mac: f.endpointMAC.trim() || null,
    plan_id: f.planID ? Number(f.planID) : null,
    tagging: f.tagging,
    remapped_vlan_id: number('remapped_vlan_id', f.remapped),
    port2_vlan_id: number('port2_vlan_id', f.port2),
    allowed_vlans: allowed ?? [],
    trunk: f.trunk,
    poe: f.poe,
    notes: f.notes,
    double_tag: f.doubleTag ? { outer_vlan_id: number('double_tag.outer_vlan_id', f.outer) ?? 0, nni: f.nni || null } : null,
  }
  if (f.doubleTag && f.outer.trim() === '') refused.push({ field: 'double_tag.outer_vlan_id', kind: 'needed' })
  if (f.vlanMode === 'given') {
    order.vlan_id = number('vlan_id', f.vlan)
    if (f.vlan.trim() === '') refused.push({ field: 'vlan_id', kind: 'needed' })
  } else if (!was || !was.vlan_allocated) {
    // An allocated VLAN stays as it is; only null asks for one.
    order.vlan_id = null
  }
  if (f.deviceName.trim() !== (was?.device_name ?? '')) order.device_name = f.deviceName.trim() || null
  return { order, refused }
}

/**
 * Only what was typed: the members that differ from what the form was filled
 * with. What somebody else changed meanwhile in other members stays.
 */
export function changesOf(order: Order, start: Order): Partial<Order> {
  const out: Record<string, unknown> = {}
  for (const [k, v] of Object.entries(order)) {
    if (JSON.stringify(v) !== JSON.stringify(start[k as keyof Order])) out[k] = v
  }
  return out as Partial<Order>
}
