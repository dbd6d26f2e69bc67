// The device's front as it hangs on the wall: one socket per G.hn port with
// its LED and its endpoints, then uplinks and the management port. A state is
// a shape and a word, never a colour alone.
import Box from '@mui/material/Box'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import useMediaQuery from '@mui/material/useMediaQuery'
import { useTheme } from '@mui/material/styles'
import type { KeyboardEvent } from 'react'
import type { Device, Endpoint, Port } from '../api/types'
import { figures, ghnLook, layout, linkLook, type PortFigures, type PortLook } from '../lib/plate'
import { t } from '../texts'

// The plate is dark in both themes, like the metal; these colours are for it.
const colours: Record<PortLook, string> = {
  up: '#4ade80',
  warn: '#fbbf24',
  down: '#f87171',
  off: '#94a3b8',
  empty: '#64748b',
  unknown: '#a5b4c4',
}
const fresh = '#7dd3fc'

const cell = { w: 52, h: 84 }
const side = 132

export interface PlateProps {
  device: Device
  ports: Port[]
  endpoints: Endpoint[]
  selected: number | null
  onSelect: (port: number | null) => void
}

export function FrontPlate({ device, ports, endpoints, selected, onSelect }: PlateProps) {
  const narrow = useMediaQuery((th) => th.breakpoints.down('sm'))
  const theme = useTheme()
  const plate = (theme.vars ?? theme).palette.plate
  // Of a device that does not answer, nothing is known now; that is not down.
  const known = device.status === 'online' || device.status === 'degraded'
  const ghn = ports.filter((p) => p.kind === 'ghn')
  const count = Math.max(device.port_count, ...ghn.map((p) => p.number), 0)
  const uplinks = ports.filter((p) => p.kind === 'uplink')
  const uplinkCount = Math.max(device.uplink_count, uplinks.length)
  const mgmt = ports.find((p) => p.kind === 'mgmt')
  const perPort = device.endpoints_per_port || 1
  const l = layout(count, narrow)

  const portsW = l.columns * cell.w
  const portsH = l.rows * cell.h
  const links = uplinkCount + 1
  const head = narrow ? 44 : side
  const w = narrow ? Math.max(portsW, 6 * cell.w * 0.75) + 24 : side + portsW + links * 58 + 40
  const h = narrow ? head + portsH + 96 : Math.max(portsH, 84) + 24
  const portsX = narrow ? 12 : side + 8
  const portsY = narrow ? head : 12 + (Math.max(portsH, 84) - portsH) / 2
  const linksX = narrow ? 16 : portsX + portsW + 20
  const linksY = narrow ? head + portsH + 4 : h / 2 - 40

  const byPort = new Map<number, Endpoint[]>()
  for (const e of endpoints) if (e.port) byPort.set(e.port, [...(byPort.get(e.port) ?? []), e])

  return (
    <Box>
      <Box sx={{ overflowX: 'auto', borderRadius: 1 }}>
        <Box
          component="svg"
          viewBox={`0 0 ${w} ${h}`}
          role="group"
          aria-label={t.plate.label(device.name, device.model || t.unknown)}
          sx={{ display: 'block', width: '100%', minWidth: narrow ? 0 : 560, maxWidth: narrow ? 460 : w * 1.25, fontFamily: 'inherit' }}
        >
          <rect x="1" y="1" width={w - 2} height={h - 2} rx="9" fill={plate.body} stroke={plate.edge} strokeWidth="2" />
          {!narrow && [12, w - 12].map((x) => <circle key={x} cx={x} cy={h / 2} r="4" fill={plate.edge} />)}
          <g transform={narrow ? 'translate(14 16)' : `translate(28 ${h / 2 - 22})`} fill={plate.text}>
            <text fontSize="13" fontWeight="700" y="10">
              {device.model || t.plate.unread}
            </text>
            <text fontSize="10" y={narrow ? 10 : 27} x={narrow ? 130 : 0} opacity="0.8">
              {device.medium === 'coax' ? t.plate.coax : device.medium === 'copper' ? t.plate.copper : ''}
            </text>
            {!narrow && device.firmware && (
              <text fontSize="10" y="42" opacity="0.8">
                {device.firmware}
              </text>
            )}
          </g>
          {Array.from({ length: count }, (_, i) => {
            const n = i + 1
            const port = ghn.find((p) => p.number === n)
            const f = figures(byPort.get(n) ?? [])
            return (
              <Socket
                key={n}
                x={portsX + (i % l.columns) * cell.w}
                y={portsY + Math.floor(i / l.columns) * cell.h}
                number={n}
                coax={device.medium === 'coax'}
                look={known ? ghnLook(port, f) : 'unknown'}
                f={f}
                used={port?.endpoint_count ?? 0}
                perPort={perPort}
                selected={selected === n}
                onSelect={() => onSelect(selected === n ? null : n)}
                well={plate.well}
                text={plate.text}
              />
            )
          })}
          {Array.from({ length: uplinkCount }, (_, i) => {
            const port = uplinks.find((p) => p.number === i + 1)
            return <Uplink key={i} x={linksX + i * 58} y={linksY} name={`10G ${i + 1}`} port={port} known={known} well={plate.well} text={plate.text} />
          })}
          <Uplink x={linksX + uplinkCount * 58} y={linksY} name={t.plate.mgmt} port={mgmt} known={known} well={plate.well} text={plate.text} />
        </Box>
      </Box>
      {!known && count > 0 && (
        <Typography variant="body2" color="textSecondary" sx={{ mt: 1 }}>
          {t.plate.notNow}
        </Typography>
      )}
      <Legend />
    </Box>
  )
}

function Lamp({ look, x, y }: { look: PortLook; x: number; y: number }) {
  const c = colours[look]
  switch (look) {
    case 'up':
      return <circle cx={x} cy={y} r="5" fill={c} />
    case 'warn':
      return <path d={`M${x} ${y - 6}l6.5 11h-13z`} fill={c} />
    case 'down':
      return <path d={`M${x - 4.5} ${y - 4.5}l9 9m0 -9l-9 9`} stroke={c} strokeWidth="3" strokeLinecap="round" />
    case 'off':
      return <rect x={x - 5} y={y - 1.5} width="10" height="3" rx="1" fill={c} />
    case 'empty':
      return <circle cx={x} cy={y} r="4" fill="none" stroke={c} strokeWidth="1.5" />
    default:
      return (
        <text x={x} y={y + 4.5} textAnchor="middle" fontSize="13" fontWeight="700" fill={c}>
          ?
        </text>
      )
  }
}

interface SocketProps {
  x: number
  y: number
  number: number
  coax: boolean
  look: PortLook
  f: PortFigures
  used: number
  perPort: number
  selected: boolean
  onSelect: () => void
  well: string
  text: string
}

function Socket({ x, y, number, coax, look, f, used, perPort, selected, onSelect, well, text }: SocketProps) {
  const label = t.plate.port(number, t.plate.look[look], used, perPort, f.fresh)
  const onKey = (e: KeyboardEvent) => {
    if (e.key === 'Enter' || e.key === ' ') {
      e.preventDefault()
      onSelect()
    }
  }
  const cx = cell.w / 2
  return (
    <g transform={`translate(${x} ${y})`}>
      <Box
        component="g"
        role="button"
        tabIndex={0}
        aria-label={label}
        aria-pressed={selected}
        onClick={onSelect}
        onKeyDown={onKey}
        sx={{ cursor: 'pointer', outline: 'none', '&:focus-visible .frame, &:hover .frame': { stroke: '#fff', strokeOpacity: 0.9 } }}
      >
        <title>{label}</title>
        <rect className="frame" x="2" y="2" width={cell.w - 4} height={cell.h - 4} rx="6" fill={selected ? '#ffffff22' : 'transparent'} stroke={selected ? '#fff' : 'transparent'} strokeWidth="1.5" />
        {coax ? (
          <>
            <circle cx={cx} cy="40" r="14" fill={well} stroke="#b8a36a" strokeWidth="3.5" />
            <circle cx={cx} cy="40" r="2.2" fill={used > 0 ? '#e5c76b' : '#5b6470'} />
          </>
        ) : (
          <>
            <rect x={cx - 14} y="28" width="28" height="24" rx="2.5" fill={well} stroke="#8a97a5" strokeWidth="1.5" />
            <path d={`M${cx - 7} 33v6m4.7-6v6m4.7-6v6m4.7-6v6`} stroke="#b8a36a" strokeWidth="1.6" fill="none" />
          </>
        )}
      </Box>
      {/* For the eye; the button's label says the same in words. */}
      <g aria-hidden pointerEvents="none">
        <Lamp look={look} x={cx} y={15} />
        <text x={cx} y="66" textAnchor="middle" fontSize="11" fontWeight="600" fill={text}>
          {number}
        </text>
        <text x={cx} y="78" textAnchor="middle" fontSize="9.5" fill={text} opacity="0.85">
          {`${used}/${perPort}`}
        </text>
        {f.fresh > 0 && (
          <>
            <path d={`M${cell.w - 11} 5l8 8l-8 8l-8 -8z`} fill={fresh} />
            <text x={cell.w - 11} y="16.5" textAnchor="middle" fontSize="9.5" fontWeight="700" fill="#0b0f13">
              {f.fresh}
            </text>
          </>
        )}
      </g>
    </g>
  )
}

function Uplink({ x, y, name, port, known, well, text }: { x: number; y: number; name: string; port: Port | undefined; known: boolean; well: string; text: string }) {
  const look = known ? linkLook(port) : 'unknown'
  const speed = known && port?.oper_up ? t.speed(port.speed_mbps) : ''
  return (
    <g transform={`translate(${x} ${y})`} role="img" aria-label={t.plate.uplink(name, t.plate.linkLook[look], speed, port?.sfp ?? '')}>
      <title>{t.plate.uplink(name, t.plate.linkLook[look], speed, port?.sfp ?? '')}</title>
      <Lamp look={look} x={25} y={13} />
      <rect x="6" y="26" width="38" height="24" rx="2.5" fill={well} stroke="#8a97a5" strokeWidth="1.5" />
      {port?.sfp && <rect x="10" y="30" width="30" height="16" rx="1.5" fill="#8a97a5" />}
      <text x="25" y="63" textAnchor="middle" fontSize="10.5" fontWeight="600" fill={text}>
        {name}
      </text>
      <text x="25" y="75" textAnchor="middle" fontSize="9.5" fill={text} opacity="0.85">
        {speed}
      </text>
    </g>
  )
}

function Legend() {
  const looks: PortLook[] = ['up', 'warn', 'down', 'empty', 'off', 'unknown']
  return (
    <Stack direction="row" useFlexGap spacing={1.5} sx={{ flexWrap: 'wrap', mt: 1 }} aria-label={t.plate.legend} component="ul" style={{ padding: 0, margin: '8px 0 0', listStyle: 'none' }}>
      {looks.map((look) => (
        <Stack key={look} component="li" direction="row" spacing={0.5} sx={{ alignItems: 'center' }}>
          <Box component="svg" viewBox="0 0 20 20" aria-hidden sx={{ width: 20, height: 20, bgcolor: 'plate.body', borderRadius: 0.75 }}>
            <Lamp look={look} x={10} y={10} />
          </Box>
          <Typography variant="caption">{t.plate.look[look]}</Typography>
        </Stack>
      ))}
      <Stack component="li" direction="row" spacing={0.5} sx={{ alignItems: 'center' }}>
        <Box component="svg" viewBox="0 0 20 20" aria-hidden sx={{ width: 20, height: 20, bgcolor: 'plate.body', borderRadius: 0.75 }}>
          <path d="M10 3l7 7l-7 7l-7 -7z" fill={fresh} />
        </Box>
        <Typography variant="caption">{t.plate.fresh}</Typography>
      </Stack>
    </Stack>
  )
}
