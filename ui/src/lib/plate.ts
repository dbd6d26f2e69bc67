// What a port's LED shows, decided apart from how it is drawn.

export type PortLook = 'up' | 'warn' | 'down' | 'off' | 'empty' | 'unknown'

export interface PlatePort {
  number: number
  kind: string
  oper_up: boolean
  admin_up: boolean | null
  endpoint_count: number
  speed_mbps: number
}

export interface PlateEndpoint {
  state: string
  subscriber_id: number | null
}

export interface PortFigures {
  ok: number
  silent: number
  wrong: number
  fresh: number
}

/** Plugged in, not configured, and nobody has ordered a service for it either. */
export const isNew = (e: PlateEndpoint) => e.state === 'quarantined_unknown_mac' && e.subscriber_id === null

/** Counts a port's endpoints by state. */
export function figures(endpoints: readonly PlateEndpoint[]): PortFigures {
  const f = { ok: 0, silent: 0, wrong: 0, fresh: 0 }
  for (const e of endpoints) {
    if (e.state === 'ok') f.ok++
    else if (e.state === 'not_detected') f.silent++
    else if (e.state === 'quarantined_wrong_port') f.wrong++
    else if (isNew(e)) f.fresh++
  }
  return f
}

/**
 * The look of a G.hn port. Unknown (the device was never read) is not down:
 * down means that something is configured there and none of it answers.
 */
export function ghnLook(port: PlatePort | undefined, f: PortFigures): PortLook {
  if (!port) return 'unknown'
  if (port.admin_up === false) return 'off'
  if (f.wrong > 0) return 'warn'
  if (f.ok > 0) return f.silent > 0 ? 'warn' : 'up'
  if (f.silent > 0) return 'down'
  if (f.fresh > 0) return 'up'
  return port.oper_up ? 'up' : 'empty'
}

/** The look of an uplink or of the management port. */
export function linkLook(port: PlatePort | undefined): PortLook {
  if (!port) return 'unknown'
  if (port.admin_up === false) return 'off'
  return port.oper_up ? 'up' : 'empty'
}

export interface PlateLayout {
  columns: number
  rows: number
  stacked: boolean
}

/** How many ports stand beside each other: as on the unit, or as fits a phone. */
export function layout(ports: number, narrow: boolean): PlateLayout {
  const columns = narrow ? Math.min(ports, ports <= 4 ? 4 : 6) : Math.min(ports, 12)
  return { columns: Math.max(columns, 1), rows: Math.max(Math.ceil(ports / Math.max(columns, 1)), 1), stacked: narrow }
}
