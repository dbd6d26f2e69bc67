import ButtonBase from '@mui/material/ButtonBase'
import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'
import { Link as RouterLink } from 'react-router'
import type { Summary } from '../api/types'
import { t } from '../texts'

/** The fleet in figures; each number is a link to its list. */
export function FleetStrip({ summary: s }: { summary: Summary }) {
  const offline = s.devices_by_status.offline ?? 0
  const trouble = (s.devices_by_sync.stuck ?? 0) + (s.devices_by_sync.failed ?? 0) + (s.devices_by_sync.drifted ?? 0)
  const figures: [number, string, string, string?][] = [
    [s.devices, t.fleet.devices, '/devices'],
    [offline, t.fleet.offline, '/devices?status=offline', offline ? 'error.main' : undefined],
    [trouble, t.fleet.attention, '/devices?sync_state=stuck,failed,drifted', trouble ? 'warning.main' : undefined],
    [s.endpoints, t.fleet.endpoints, '/endpoints'],
    [s.endpoints_unconfigured, t.fleet.fresh, '/endpoints?state=quarantined_unknown_mac', s.endpoints_unconfigured ? 'info.main' : undefined],
    [s.subscribers, t.fleet.subscribers, '/subscribers'],
  ]
  return (
    <Box sx={{ display: 'grid', gap: 1, mb: 2, gridTemplateColumns: { xs: 'repeat(3, 1fr)', md: 'repeat(6, 1fr)' } }}>
      {figures.map(([n, text, to, color]) => (
        <ButtonBase
          key={to}
          component={RouterLink}
          to={to}
          sx={{ display: 'block', textAlign: 'left', p: { xs: 1, sm: 1.5 }, border: 1, borderColor: 'divider', borderRadius: 1, bgcolor: 'background.paper', '&:hover': { borderColor: 'primary.main' } }}
        >
          <Typography className="num" component="span" sx={{ display: 'block', fontSize: { xs: '1.2rem', sm: '1.5rem' }, fontWeight: 650, lineHeight: 1.2, color }}>
            {n.toLocaleString()}
          </Typography>
          <Typography component="span" variant="body2" color="textSecondary" sx={{ display: 'block', fontSize: { xs: '0.75rem', sm: '0.85rem' } }}>
            {text}
          </Typography>
        </ButtonBase>
      ))}
    </Box>
  )
}
