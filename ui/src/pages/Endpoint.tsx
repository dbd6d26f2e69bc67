import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Stack from '@mui/material/Stack'
import { useState } from 'react'
import { useParams } from 'react-router'
import { api, take } from '../api/client'
import { useEndpoint } from '../api/queries'
import type { Endpoint } from '../api/types'
import { useSession } from '../app/session'
import { devicePath, subscriberPath } from '../lib/paths'
import { isNew } from '../lib/plate'
import { duration } from '../lib/time'
import { ActButton } from '../parts/ActButton'
import { Confirm } from '../parts/Confirm'
import { Facts, Section } from '../parts/Facts'
import { Link } from '../parts/Link'
import { Loaded } from '../parts/Loaded'
import { EndpointState } from '../parts/Marks'
import { useNotice } from '../parts/Notice'
import { Page } from '../parts/Page'
import { SetUpService } from '../parts/SetUpService'
import { When } from '../parts/When'
import { t } from '../texts'
import { Diagnose } from './endpoint/Diagnose'

export function Component() {
  const { mac = '' } = useParams()
  const query = useEndpoint(mac, false)
  const e = query.data
  return (
    <Page
      title={e?.mac_address ?? mac}
      crumbs={[{ text: t.nav.endpoints, to: '/endpoints' }]}
      subtitle={
        e && (
          <Stack direction="row" useFlexGap spacing={1} sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
            <EndpointState of={e} />
            <span>{e.model}</span>
            <span>
              <Link to={devicePath(e.device_id)}>{e.device_name}</Link>
              {e.port && (
                <>
                  {' · '}
                  <Link to={`${devicePath(e.device_id)}?port=${e.port}`}>{t.endpoint.onPort(e.port)}</Link>
                </>
              )}
            </span>
          </Stack>
        )
      }
      actions={e && <Actions e={e} />}
    >
      <Loaded query={query}>{(data) => <Detail e={data} />}</Loaded>
    </Page>
  )
}

function Actions({ e }: { e: Endpoint }) {
  const { needs } = useSession()
  const say = useNotice()
  const [open, setOpen] = useState<'diagnose' | 'upgrade' | 'reboot' | 'poe' | null>(null)
  const at = { params: { path: { mac: e.mac_address } } }
  const gone = e.detected_port === null ? t.endpoint.notThere : null
  const who = e.subscriber_name || e.service_name || e.mac_address
  return (
    <>
      {!e.configured && !e.subscriber_id && <SetUpService endpoint={e} />}
      <ActButton variant="outlined" why={needs('technician')} onClick={() => setOpen('diagnose')}>
        {t.endpoint.diagnose}
      </ActButton>
      <ActButton variant="outlined" why={needs('operator') ?? gone ?? (e.firmware_mismatch ? null : t.endpoint.upgradeNeedless)} onClick={() => setOpen('upgrade')}>
        {t.endpoint.upgrade}
      </ActButton>
      <ActButton variant="outlined" why={needs('technician') ?? gone} onClick={() => setOpen('reboot')}>
        {t.endpoint.reboot}
      </ActButton>
      <ActButton variant="outlined" why={needs('technician') ?? gone} onClick={() => setOpen('poe')}>
        {t.endpoint.poeCycle}
      </ActButton>
      {open === 'diagnose' && <Diagnose mac={e.mac_address} onClose={() => setOpen(null)} />}
      {open === 'upgrade' && (
        <Confirm
          title={t.endpoint.upgradeTitle(e.mac_address)}
          action={t.endpoint.upgrade}
          danger
          run={async () => say((await take(api.POST('/api/v1/endpoints/{mac}/upgrade', at))).detail)}
          onClose={() => setOpen(null)}
        >
          {t.endpoint.upgradeText(who)}
        </Confirm>
      )}
      {open === 'reboot' && (
        <Confirm
          title={t.endpoint.rebootTitle(e.mac_address)}
          action={t.endpoint.reboot}
          danger
          run={async () => say((await take(api.POST('/api/v1/endpoints/{mac}/reboot', at))).detail)}
          onClose={() => setOpen(null)}
        >
          {t.endpoint.rebootText(who)}
        </Confirm>
      )}
      {open === 'poe' && (
        <Confirm
          title={t.endpoint.poeTitle(e.mac_address)}
          action={t.endpoint.poeCycle}
          danger
          run={async () => say((await take(api.POST('/api/v1/endpoints/{mac}/poe-cycle', at))).detail)}
          onClose={() => setOpen(null)}
        >
          {t.endpoint.poeText(who)}
        </Confirm>
      )}
    </>
  )
}

function Detail({ e }: { e: Endpoint }) {
  return (
    <Stack spacing={2}>
      {e.state === 'quarantined_wrong_port' && (
        <Alert severity="warning">{t.endpoint.wrongPort(e.configured_port ?? 0, e.detected_port ?? 0)}</Alert>
      )}
      {isNew(e) && <Alert severity="info">{t.endpoint.fresh}</Alert>}
      {e.firmware_mismatch && <Alert severity="warning">{t.endpoint.fwMismatchText}</Alert>}
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'repeat(2, minmax(0, 1fr))' } }}>
        <Section title={t.endpoint.link}>
          <Facts
            rows={[
              [t.endpoint.phyDown, e.phy_rate_rx_mbps !== null && t.mbps(e.phy_rate_rx_mbps)],
              [t.endpoint.phyUp, e.phy_rate_tx_mbps !== null && t.mbps(e.phy_rate_tx_mbps)],
              [t.endpoint.capacityDown, e.capacity_rx_mbps !== null && t.mbps(e.capacity_rx_mbps)],
              [t.endpoint.capacityUp, e.capacity_tx_mbps !== null && t.mbps(e.capacity_tx_mbps)],
              [t.endpoint.wireLength, e.wire_length_m !== null && t.metres(e.wire_length_m)],
              [t.endpoint.uptime, duration(e.uptime_s)],
              [t.endpoint.lastSeen, <When key="l" at={e.last_seen_at} />],
              [t.endpoint.readAt, <When key="r" at={e.read_at} />],
            ]}
          />
          <Links mac={e.mac_address} there={e.detected_port !== null} />
        </Section>
        <Section title={t.endpoint.identity}>
          <Facts
            rows={[
              [t.endpoint.service, e.subscriber_id ? <Link to={subscriberPath(e.subscriber_id)}>{e.subscriber_name}</Link> : e.service_name || t.endpoint.noService],
              [t.endpoint.profile, e.profile_name],
              [t.endpoint.entry, e.entry_name && <code>{e.entry_name}</code>],
              [t.endpoint.detectedPort, e.detected_port ?? t.none],
              [t.endpoint.configuredPort, e.configured_port ?? t.none],
              [t.endpoint.model, e.model],
              [t.endpoint.serial, e.serial_number && <code>{e.serial_number}</code>],
              [t.endpoint.firmware, e.firmware],
              [t.endpoint.firstSeen, <When key="f" at={e.first_seen_at} />],
            ]}
          />
        </Section>
      </Box>
    </Stack>
  )
}

/** The endpoint's sockets; asked of the device only when somebody wants to know. */
function Links({ mac, there }: { mac: string; there: boolean }) {
  const [wanted, setWanted] = useState(false)
  return (
    <Box sx={{ mt: 2 }}>
      {wanted ? (
        <LinksNow mac={mac} />
      ) : (
        <ActButton size="small" why={there ? null : t.endpoint.notThere} onClick={() => setWanted(true)}>
          {t.endpoint.askLinks}
        </ActButton>
      )}
    </Box>
  )
}

function LinksNow({ mac }: { mac: string }) {
  const query = useEndpoint(mac, true)
  return (
    <Loaded query={query} rows={2}>
      {(d) => (
        <>
          {d.links_error && <Alert severity="warning">{d.links_error}</Alert>}
          <Facts
            rows={(d.links ?? [])
              .filter((l) => l.valid)
              .map((l) => [t.endpoint.socket(l.port), l.up ? `${t.speed(l.speed_mbps)}, ${l.full_duplex ? t.endpoint.fullDuplex : t.endpoint.halfDuplex}` : t.endpoint.linkDown])}
          />
        </>
      )}
    </Loaded>
  )
}
