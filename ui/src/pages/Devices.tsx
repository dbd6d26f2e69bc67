import Add from '@mui/icons-material/Add'
import Box from '@mui/material/Box'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useDevices, useSiteChoices, useSummary } from '../api/queries'
import type { Device } from '../api/types'
import { useSession } from '../app/session'
import { devicePath } from '../lib/paths'
import { useListState } from '../lib/listparams'
import { ActButton } from '../parts/ActButton'
import { DataList, type Column } from '../parts/DataList'
import { Empty } from '../parts/Empty'
import { choicesOf, FilterSelect } from '../parts/Filters'
import { FleetStrip } from '../parts/FleetStrip'
import { Link } from '../parts/Link'
import { DeviceStatus, SyncMark } from '../parts/Marks'
import { Page } from '../parts/Page'
import { When } from '../parts/When'
import { t } from '../texts'
import { DeviceAdd } from './DeviceAdd'

const filters = ['status', 'sync_state', 'site_id', 'mode', 'model', 'firmware'] as const

const columns: Column<Device>[] = [
  {
    field: 'name',
    head: t.device.name,
    sortable: true,
    flex: 1.6,
    minWidth: 200,
    render: (d) => (
      <Link to={devicePath(d.id)} sx={{ fontWeight: 600 }}>
        {d.name}
      </Link>
    ),
  },
  { field: 'status', head: t.device.status, sortable: true, width: 122, render: (d) => <DeviceStatus value={d.status} why={d.status_reason} /> },
  { field: 'sync_state', head: t.device.sync, sortable: true, width: 136, render: (d) => <SyncMark value={d.sync.state} why={d.sync.reason} /> },
  { field: 'model', head: t.device.model, sortable: true, width: 120, render: (d) => d.model || t.none },
  { field: 'site_id', head: t.device.site, flex: 1, minWidth: 110, render: (d) => d.site_name || t.none },
  { field: 'address', head: t.device.address, sortable: true, minWidth: 140, flex: 0.8, render: (d) => <code>{d.address}</code> },
  { field: 'firmware', wide: true, head: t.device.firmware, sortable: true, width: 90, render: (d) => d.firmware || t.none },
  { field: 'active_subscribers', head: t.device.subscribers, width: 106, align: 'right', render: (d) => <span className="num">{d.active_subscribers}</span> },
  { field: 'last_seen_at', head: t.device.lastSeen, sortable: true, width: 116, render: (d) => <When at={d.last_seen_at} /> },
]

export function Component() {
  const list = useListState(filters)
  const query = useDevices(list)
  const summary = useSummary()
  const sites = useSiteChoices()
  const navigate = useNavigate()
  const { needs } = useSession()
  const [adding, setAdding] = useState(false)
  const addButton = (
    <ActButton variant="contained" startIcon={<Add />} why={needs('operator')} onClick={() => setAdding(true)}>
      {t.device.add}
    </ActButton>
  )
  return (
    <Page title={t.nav.devices} actions={addButton}>
      {summary.data && <FleetStrip summary={summary.data} />}
      <DataList
        label={t.nav.devices}
        list={list}
        query={query}
        columns={columns}
        rowID={(d) => d.id}
        onOpen={(d) => void navigate(devicePath(d.id))}
        searchable
        toolbar={
          <>
            <FilterSelect list={list} name="status" label={t.device.status} choices={choicesOf(t.deviceStatus)} />
            <FilterSelect list={list} name="sync_state" label={t.device.sync} choices={choicesOf(t.sync, ['in_sync', 'pending', 'drifted', 'failed', 'stuck'])} />
            <FilterSelect list={list} name="site_id" label={t.device.site} choices={(sites.data?.items ?? []).map((s) => ({ value: String(s.id), text: s.name }))} />
            <FilterSelect list={list} name="mode" label={t.device.mode} choices={choicesOf(t.mode)} />
          </>
        }
        card={(d) => <DeviceCard d={d} />}
        empty={
          <Empty title={t.device.emptyTitle} hint={t.device.emptyHint}>
            {addButton}
          </Empty>
        }
      />
      {adding && <DeviceAdd onClose={() => setAdding(false)} />}
    </Page>
  )
}

function DeviceCard({ d }: { d: Device }) {
  return (
    <Stack spacing={0.75}>
      <Stack direction="row" spacing={1} sx={{ alignItems: 'center', justifyContent: 'space-between' }}>
        <Link to={devicePath(d.id)} sx={{ fontWeight: 600, minWidth: 0 }}>
          {d.name}
        </Link>
        <Box sx={{ flexShrink: 0 }}>
          <DeviceStatus value={d.status} why={d.status_reason} />
        </Box>
      </Stack>
      <Typography variant="body2" color="textSecondary">
        {[d.model, d.site_name, d.address].filter(Boolean).join(' · ')}
      </Typography>
      <Stack direction="row" spacing={1} sx={{ alignItems: 'center', justifyContent: 'space-between' }}>
        <SyncMark value={d.sync.state} why={d.sync.reason} />
        <Typography variant="body2" color="textSecondary">
          {t.device.subscriberCount(d.active_subscribers)}
        </Typography>
      </Stack>
    </Stack>
  )
}
