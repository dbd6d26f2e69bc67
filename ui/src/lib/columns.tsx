// Columns and cards of lists that appear in several places.
import Box from '@mui/material/Box'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import type { Change, Endpoint, Subscriber } from '../api/types'
import type { Column } from '../parts/DataList'
import { Rates } from '../parts/EndpointLine'
import { Link } from '../parts/Link'
import { ChangeResult, EndpointState, SubscriberStatus, SyncMark } from '../parts/Marks'
import { SetUpService } from '../parts/SetUpService'
import { When } from '../parts/When'
import { t } from '../texts'
import { devicePath, subscriberPath } from './paths'

const macLink = (mac: string) => (
  <Link to={`/endpoints/${encodeURIComponent(mac)}`} className="mac" sx={{ fontWeight: 600 }}>
    {mac}
  </Link>
)

function ServiceCell({ e }: { e: Endpoint }) {
  if (e.subscriber_id) return <Link to={subscriberPath(e.subscriber_id)}>{e.subscriber_name || t.unknown}</Link>
  if (!e.configured) return <SetUpService endpoint={e} />
  return <span>{e.service_name || t.none}</span>
}

export const endpointColumns: Column<Endpoint>[] = [
  { field: 'mac_address', head: t.endpoint.mac, sortable: true, width: 170, render: (e) => macLink(e.mac_address) },
  { field: 'state', head: t.endpoint.state, sortable: true, width: 190, render: (e) => <EndpointState of={e} /> },
  { field: 'subscriber_id', head: t.endpoint.service, flex: 1.3, render: (e) => <ServiceCell e={e} /> },
  { field: 'device_id', head: t.endpoint.device, flex: 1, render: (e) => <Link to={devicePath(e.device_id)}>{e.device_name}</Link> },
  { field: 'port', head: t.endpoint.port, sortable: true, width: 70, align: 'right', render: (e) => <span className="num">{e.port ?? t.none}</span> },
  { field: 'model', wide: true, head: t.endpoint.model, sortable: true, width: 110, render: (e) => e.model || t.none },
  { field: 'phy_rate_rx_mbps', head: t.endpoint.rates, sortable: true, width: 150, render: (e) => <Rates endpoint={e} /> },
  { field: 'last_seen_at', head: t.endpoint.lastSeen, sortable: true, width: 130, render: (e) => <When at={e.last_seen_at} /> },
]

export function EndpointCard({ e, showDevice = true }: { e: Endpoint; showDevice?: boolean }) {
  return (
    <Stack spacing={0.75}>
      <Stack direction="row" spacing={1} sx={{ justifyContent: 'space-between', alignItems: 'center' }}>
        {macLink(e.mac_address)}
        <EndpointState of={e} />
      </Stack>
      <Stack direction="row" spacing={1} sx={{ justifyContent: 'space-between' }}>
        <Typography variant="body2" color="textSecondary">
          {[showDevice && e.device_name, e.port && t.endpoint.onPort(e.port), e.model].filter(Boolean).join(' · ')}
        </Typography>
        <Typography variant="body2" component="span">
          <Rates endpoint={e} />
        </Typography>
      </Stack>
      <Box>
        <ServiceCell e={e} />
      </Box>
    </Stack>
  )
}

export const subscriberColumns: Column<Subscriber>[] = [
  {
    field: 'name',
    head: t.subscriber.name,
    sortable: true,
    flex: 1.4,
    minWidth: 180,
    render: (s) => (
      <Link to={subscriberPath(s.id)} sx={{ fontWeight: 600 }}>
        {s.name}
      </Link>
    ),
  },
  { field: 'description', wide: true, head: t.subscriber.description, flex: 1, render: (s) => s.description || t.none },
  { field: 'status', head: t.subscriber.status, sortable: true, width: 130, render: (s) => <SubscriberStatus value={s.status} /> },
  { field: 'sync_state', head: t.subscriber.sync, sortable: true, width: 136, render: (s) => <SyncMark value={s.sync.state} why={s.sync.reason} /> },
  { field: 'plan_id', head: t.subscriber.plan, width: 120, render: (s) => s.plan_name || t.none },
  { field: 'vlan_id', head: t.subscriber.vlan, sortable: true, width: 84, align: 'right', render: (s) => <span className="num">{s.vlan_id ?? t.none}</span> },
  { field: 'device_id', head: t.subscriber.device, flex: 1, render: (s) => (s.device_id ? <Link to={devicePath(s.device_id)}>{s.gam_name}</Link> : t.none) },
  { field: 'port', head: t.subscriber.port, sortable: true, width: 70, align: 'right', render: (s) => <span className="num">{s.port ?? t.none}</span> },
  { field: 'endpoint_mac', head: t.subscriber.endpoint, width: 158, render: (s) => (s.endpoint_mac ? macLink(s.endpoint_mac) : t.none) },
]

export function SubscriberCard({ s, showDevice = true }: { s: Subscriber; showDevice?: boolean }) {
  return (
    <Stack spacing={0.75}>
      <Stack direction="row" spacing={1} sx={{ justifyContent: 'space-between', alignItems: 'center' }}>
        <Link to={subscriberPath(s.id)} sx={{ fontWeight: 600, minWidth: 0 }}>
          {s.name}
        </Link>
        <Box sx={{ flexShrink: 0 }}>
          <SubscriberStatus value={s.status} />
        </Box>
      </Stack>
      <Typography variant="body2" color="textSecondary">
        {[s.description, s.plan_name, s.vlan_id && `VLAN ${s.vlan_id}`, showDevice && s.gam_name, s.port && t.endpoint.onPort(s.port)].filter(Boolean).join(' · ')}
      </Typography>
      <Box>
        <SyncMark value={s.sync.state} why={s.sync.reason} />
      </Box>
    </Stack>
  )
}

export const changeColumns: Column<Change>[] = [
  { field: 'at', head: t.change.at, width: 120, render: (c) => <When at={c.at} /> },
  { field: 'result', head: t.change.result, width: 160, render: (c) => <ChangeResult value={c.result} why={c.error} /> },
  {
    field: 'text',
    head: t.change.what,
    flex: 2,
    render: (c) => (
      <Box sx={{ minWidth: 0 }}>
        <Typography noWrap variant="body2">
          {t.step.action[c.action]} {t.step.kind[c.kind]} <strong>{c.name}</strong>
          {c.reason && <span> · {c.reason}</span>}
        </Typography>
      </Box>
    ),
  },
  { field: 'device_id', head: t.change.device, flex: 1, render: (c) => <Link to={devicePath(c.device_id)}>{c.device_name}</Link> },
  { field: 'actor', head: t.change.actor, width: 170, render: (c) => c.actor },
  { field: 'subscriber_id', head: t.change.subscriber, width: 110, render: (c) => (c.subscriber_id ? <Link to={subscriberPath(c.subscriber_id)}>#{c.subscriber_id}</Link> : t.none) },
]

export function ChangeCard({ c }: { c: Change }) {
  return (
    <Stack spacing={0.5}>
      <Stack direction="row" spacing={1} sx={{ justifyContent: 'space-between', alignItems: 'center' }}>
        <ChangeResult value={c.result} why={c.error} />
        <Typography variant="body2" color="textSecondary">
          <When at={c.at} />
        </Typography>
      </Stack>
      <Typography>
        {t.step.action[c.action]} {t.step.kind[c.kind]} <strong>{c.name}</strong>
      </Typography>
      <Typography variant="body2" color="textSecondary">
        {[c.reason, c.device_name, c.actor].filter(Boolean).join(' · ')}
      </Typography>
      {c.error && (
        <Typography variant="body2" color="error">
          {c.error}
        </Typography>
      )}
    </Stack>
  )
}
