import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { useSearchParams } from 'react-router'
import { useDeviceEndpoints, usePorts } from '../../api/queries'
import type { Device, Endpoint, Port } from '../../api/types'
import { isNew } from '../../lib/plate'
import { duration } from '../../lib/time'
import { EndpointLine } from '../../parts/EndpointLine'
import { Facts, Section } from '../../parts/Facts'
import { FrontPlate } from '../../parts/FrontPlate'
import { Loaded, Stale } from '../../parts/Loaded'
import { DeviceStatus, SyncMark } from '../../parts/Marks'
import { When } from '../../parts/When'
import { t } from '../../texts'
import { PortActions } from './PortActions'

export function Overview({ device: d }: { device: Device }) {
  const ports = usePorts(d.id)
  const endpoints = useDeviceEndpoints(d.id)
  const [params, setParams] = useSearchParams()
  const selected = Number(params.get('port')) || null
  const select = (port: number | null) =>
    setParams(
      (old) => {
        const p = new URLSearchParams(old)
        if (port) p.set('port', String(port))
        else p.delete('port')
        return p
      },
      { replace: true },
    )
  const readAt = ports.data?.items[0]?.seen_at
  return (
    <Stack spacing={2}>
      <Section
        title={t.plate.title}
        actions={
          readAt && (
            <Typography variant="body2" color="textSecondary">
              {t.plate.read} <When at={readAt} />
            </Typography>
          )
        }
      >
        <Stale query={endpoints} />
        <Loaded query={ports}>
          {(p) => (
            <>
              <FrontPlate device={d} ports={p.items} endpoints={endpoints.data?.items ?? []} selected={selected} onSelect={select} />
              {selected ? (
                <OnPort device={d} port={selected} row={p.items.find((x) => x.kind === 'ghn' && x.number === selected)} endpoints={(endpoints.data?.items ?? []).filter((e) => e.port === selected)} onClose={() => select(null)} />
              ) : (
                <Typography variant="body2" color="textSecondary" sx={{ mt: 1 }}>
                  {p.items.length ? t.plate.pick : t.plate.notRead}
                </Typography>
              )}
            </>
          )}
        </Loaded>
      </Section>
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'repeat(2, minmax(0, 1fr))' } }}>
        <Section title={t.device.identity}>
          <Facts
            rows={[
              [t.device.model, d.model || t.device.notReadYet],
              [t.device.serial, d.serial_number && <code>{d.serial_number}</code>],
              [t.device.mac, d.mac_address && <span className="mac">{d.mac_address}</span>],
              [t.device.firmware, d.firmware],
              [t.device.firmwareAlternate, d.firmware_alternate],
              [t.device.hostname, d.hostname],
              [t.device.ports, d.port_count > 0 && t.device.portsText(d.port_count, d.uplink_count, d.endpoints_per_port)],
              [t.device.subscriberModel, d.subscriber_model && t.subscriberModel[d.subscriber_model as keyof typeof t.subscriberModel]],
              [t.device.uptime, d.uptime_s > 0 && duration(d.uptime_s)],
            ]}
          />
        </Section>
        <Section title={t.device.state}>
          <Facts
            rows={[
              [t.device.status, <DeviceStatus key="s" value={d.status} why={d.status_reason} />],
              [t.device.reason, d.status_reason],
              [
                t.device.sync,
                <Stack key="y" direction="row" useFlexGap spacing={1} sx={{ alignItems: 'center', flexWrap: 'wrap' }}>
                  <SyncMark value={d.sync.state} why={d.sync.reason} />
                  <span>
                    {t.since} <When at={d.sync.since} />
                  </span>
                </Stack>,
              ],
              [t.device.work, d.work_waiting ? t.device.workWaiting : t.device.workNone],
              [t.device.mode, `${t.mode[d.mode]}: ${t.modeHint[d.mode]}`],
              [t.device.lastSeen, <When key="l" at={d.last_seen_at} />],
              [t.device.nextPoll, <When key="n" at={d.next_poll_at} />],
              [t.device.subscribers, t.device.subscriberCount(d.active_subscribers)],
              [t.device.address, <code key="a">{d.address}</code>],
              [t.device.via, t.device.viaText(t.via[d.access_summary.provision_via] ?? '', t.via[d.access_summary.monitor_via] ?? '')],
              [t.device.site, d.site_name],
              [t.notes, d.notes && <span style={{ whiteSpace: 'pre-wrap' }}>{d.notes}</span>],
            ]}
          />
        </Section>
      </Box>
    </Stack>
  )
}

function OnPort({ device, port, row, endpoints, onClose }: { device: Device; port: number; row: Port | undefined; endpoints: Endpoint[]; onClose: () => void }) {
  const room = Math.max((device.endpoints_per_port || 1) - endpoints.length, 0)
  return (
    <Box role="region" aria-label={t.plate.onPort(port)} sx={{ mt: 2 }}>
      <Stack direction="row" spacing={1} sx={{ alignItems: 'center', mb: 1 }}>
        <Typography variant="h3" sx={{ flex: 1 }}>
          {t.plate.onPort(port)}
          {row?.name && row.name !== row.interface && <> · {row.name}</>}
          <Typography component="span" variant="body2" color="textSecondary" sx={{ ml: 1 }}>
            {[row?.port_type, row?.admin_up === false && t.port.shut, t.plate.room(room)].filter(Boolean).join(' · ')}
          </Typography>
        </Typography>
        <Button size="small" onClick={onClose}>
          {t.close}
        </Button>
      </Stack>
      {row && (
        <Box sx={{ mb: 1 }}>
          <PortActions key={row.number} device={device} port={row} customers={endpoints.filter((e) => e.subscriber_id || e.service_name).length} />
        </Box>
      )}
      {endpoints.length === 0 ? (
        <Typography color="textSecondary">{t.plate.emptyPort}</Typography>
      ) : (
        <Stack component="ul" spacing={1} sx={{ m: 0, p: 0, listStyle: 'none' }}>
          {[...endpoints].sort(freshFirst).map((e) => (
            <li key={e.mac_address}>
              <EndpointLine endpoint={e} />
            </li>
          ))}
        </Stack>
      )}
    </Box>
  )
}

const freshFirst = (a: Endpoint, b: Endpoint) => Number(isNew(b)) - Number(isNew(a))
