import Box from '@mui/material/Box'
import Stack from '@mui/material/Stack'
import Tab from '@mui/material/Tab'
import Tabs from '@mui/material/Tabs'
import Alert from '@mui/material/Alert'
import { Link as RouterLink, useParams } from 'react-router'
import { useDevice } from '../api/queries'
import type { Device } from '../api/types'
import { devicePath } from '../lib/paths'
import { Loaded } from '../parts/Loaded'
import { DeviceStatus, SyncMark } from '../parts/Marks'
import { Page } from '../parts/Page'
import { When } from '../parts/When'
import { t } from '../texts'
import { DeviceActions } from './device/Actions'
import { Overview } from './device/Overview'
import { DeviceEndpoints } from './device/Endpoints'
import { DeviceSubscribers } from './device/Subscribers'
import { DeviceUnmanaged } from './device/Unmanaged'
import { DeviceChanges } from './device/Changes'

const tabs = ['overview', 'endpoints', 'subscribers', 'unmanaged', 'changes'] as const
type TabName = (typeof tabs)[number]

export function Component() {
  const { id = '', tab } = useParams()
  const device = useDevice(Number(id))
  const at: TabName = tabs.find((x) => x === tab) ?? 'overview'
  const d = device.data
  return (
    <Page
      title={d?.name ?? t.device.title(id)}
      crumbs={[{ text: t.nav.devices, to: '/devices' }]}
      subtitle={
        d && (
          <Stack direction="row" useFlexGap spacing={1} sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
            <DeviceStatus value={d.status} why={d.status_reason} />
            <SyncMark value={d.sync.state} why={d.sync.reason} />
            <span>{[d.model, d.site_name, d.address].filter(Boolean).join(' · ')}</span>
            <span>
              {t.device.seen} <When at={d.last_seen_at} />
            </span>
          </Stack>
        )
      }
      actions={d && <DeviceActions device={d} />}
    >
      {(d || !device.isError) && (
      <Box sx={{ borderBottom: 1, borderColor: 'divider', mb: 2 }}>
        <Tabs value={at} variant="scrollable" scrollButtons="auto" aria-label={t.device.tabs}>
          {tabs.map((x) => (
            <Tab key={x} value={x} label={t.device.tab[x]} component={RouterLink} to={devicePath(id, x === 'overview' ? undefined : x)} />
          ))}
        </Tabs>
      </Box>
      )}
      <Loaded query={device}>
        {(dev) => (
          <>
            <Trouble device={dev} />
            {at === 'overview' && <Overview device={dev} />}
            {at === 'endpoints' && <DeviceEndpoints device={dev} />}
            {at === 'subscribers' && <DeviceSubscribers device={dev} />}
            {at === 'unmanaged' && <DeviceUnmanaged device={dev} />}
            {at === 'changes' && <DeviceChanges device={dev} />}
          </>
        )}
      </Loaded>
    </Page>
  )
}

/** What is wrong, in words, above everything else. */
function Trouble({ device: d }: { device: Device }) {
  return (
    <Stack spacing={1} sx={{ mb: d.status === 'online' && d.sync.state === 'in_sync' ? 0 : 2 }}>
      {d.status !== 'online' && (
        <Alert severity={d.status === 'offline' ? 'error' : d.status === 'degraded' ? 'warning' : 'info'}>
          {d.status_reason || t.device.statusText[d.status]}
          {d.status === 'offline' && d.last_seen_at && (
            <Box>
              {t.device.shownAsOf} <When at={d.last_seen_at} />.
            </Box>
          )}
        </Alert>
      )}
      {d.sync.state !== 'in_sync' && d.sync.reason && (
        <Alert severity={d.sync.state === 'stuck' ? 'error' : d.sync.state === 'pending' ? 'info' : 'warning'}>
          <strong>{t.sync[d.sync.state]}</strong> ({t.since} <When at={d.sync.since} />): {d.sync.reason}
        </Alert>
      )}
      {d.unsaved && <Alert severity="warning">{t.device.unsaved}</Alert>}
    </Stack>
  )
}
