import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { useEndpoint } from '../../api/queries'
import type { Subscriber } from '../../api/types'
import { asProblem } from '../../api/problem'
import { Facts, Section } from '../../parts/Facts'
import { EndpointState, SyncMark } from '../../parts/Marks'
import { Loaded } from '../../parts/Loaded'
import { When } from '../../parts/When'
import { t } from '../../texts'

/** What the device shows, beside what is wanted. */
export function OnDevice({ subscriber: s }: { subscriber: Subscriber }) {
  return (
    <Section title={t.subscriber.onDevice}>
      <Stack spacing={2}>
        <Facts
          rows={[
            [
              t.subscriber.sync,
              <Stack key="s" direction="row" useFlexGap spacing={1} sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
                <SyncMark value={s.sync.state} why={s.sync.reason} />
                <span>
                  {t.since} <When at={s.sync.since} />
                </span>
              </Stack>,
            ],
            [t.device.reason, s.sync.reason],
          ]}
        />
        {s.endpoint_mac ? <EndpointFacts mac={s.endpoint_mac} s={s} /> : <Typography color="textSecondary">{t.subscriber.noEndpoint}</Typography>}
      </Stack>
    </Section>
  )
}

function EndpointFacts({ mac, s }: { mac: string; s: Subscriber }) {
  const query = useEndpoint(mac, false)
  if (query.isError && asProblem(query.error).status === 404) return <Typography color="textSecondary">{t.subscriber.neverSeen(mac)}</Typography>
  return (
    <Loaded query={query} rows={3}>
      {(e) => (
        <Facts
          rows={[
            [t.subscriber.endpoint, <EndpointState key="e" of={e} />],
            [t.endpoint.detectedPort, differs(e.detected_port, s.port) ? t.subscriber.differs(e.detected_port ?? t.none, s.port ?? t.none) : (e.detected_port ?? t.none)],
            [t.endpoint.entry, e.entry_name && <code>{e.entry_name}</code>],
            [t.subscriber.service, e.service_name ? <code>{e.service_name}</code> : t.subscriber.noServiceYet],
            [t.endpoint.profile, e.profile_name || (e.service_name ? t.subscriber.unthrottled : '')],
            [t.endpoint.phyDown, e.phy_rate_rx_mbps !== null && t.mbps(e.phy_rate_rx_mbps)],
            [t.endpoint.phyUp, e.phy_rate_tx_mbps !== null && t.mbps(e.phy_rate_tx_mbps)],
            [t.endpoint.model, e.model],
            [t.endpoint.firmware, e.firmware],
            [t.endpoint.lastSeen, <When key="l" at={e.last_seen_at} />],
            [t.endpoint.readAt, <When key="r" at={e.read_at} />],
          ]}
        />
      )}
    </Loaded>
  )
}

const differs = (seen: number | null, wanted: number | null) => seen !== null && wanted !== null && seen !== wanted
