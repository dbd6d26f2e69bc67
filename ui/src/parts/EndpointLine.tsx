import Box from '@mui/material/Box'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import type { Endpoint } from '../api/types'
import { subscriberPath } from '../lib/paths'
import { t } from '../texts'
import { Link } from './Link'
import { EndpointState } from './Marks'
import { SetUpService } from './SetUpService'
import { When } from './When'

/** Downstream and upstream of a link, as the device reports them. */
export function Rates({ endpoint: e }: { endpoint: Pick<Endpoint, 'phy_rate_rx_mbps' | 'phy_rate_tx_mbps'> }) {
  if (e.phy_rate_rx_mbps == null && e.phy_rate_tx_mbps == null) return <>{t.none}</>
  return (
    <span className="num" style={{ whiteSpace: 'nowrap' }} aria-label={t.endpoint.ratesLabel(e.phy_rate_rx_mbps, e.phy_rate_tx_mbps)}>
      ↓{e.phy_rate_rx_mbps ?? '–'} ↑{e.phy_rate_tx_mbps ?? '–'}
    </span>
  )
}

/** One endpoint in a few lines, with what can be done about it. */
export function EndpointLine({ endpoint: e }: { endpoint: Endpoint }) {
  return (
    <Box sx={{ border: 1, borderColor: 'divider', borderRadius: 1, p: 1.25 }}>
      <Stack direction="row" useFlexGap spacing={1} sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
        <EndpointState of={e} />
        <Link to={`/endpoints/${encodeURIComponent(e.mac_address)}`} className="mac" sx={{ fontWeight: 600 }}>
          {e.mac_address}
        </Link>
        <Typography variant="body2" color="textSecondary">
          {e.model}
        </Typography>
        <Box sx={{ flex: 1 }} />
        <Rates endpoint={e} />
        {e.subscriber_id ? (
          <Link to={subscriberPath(e.subscriber_id)}>{e.subscriber_name}</Link>
        ) : e.configured ? (
          <Typography variant="body2" color="textSecondary">
            {e.service_name || t.endpoint.noService}
          </Typography>
        ) : (
          <SetUpService endpoint={e} />
        )}
        {e.state === 'not_detected' && (
          <Typography variant="body2" color="textSecondary">
            {t.endpoint.lastSeen} <When at={e.last_seen_at} />
          </Typography>
        )}
      </Stack>
    </Box>
  )
}
