import Dns from '@mui/icons-material/DnsOutlined'
import Group from '@mui/icons-material/GroupOutlined'
import History from '@mui/icons-material/History'
import Info from '@mui/icons-material/InfoOutlined'
import ListAlt from '@mui/icons-material/ListAlt'
import Place from '@mui/icons-material/PlaceOutlined'
import Router from '@mui/icons-material/RouterOutlined'
import Settings from '@mui/icons-material/SettingsOutlined'
import Speed from '@mui/icons-material/SpeedOutlined'
import VpnKey from '@mui/icons-material/VpnKeyOutlined'
import Chip from '@mui/material/Chip'
import Divider from '@mui/material/Divider'
import List from '@mui/material/List'
import ListItemButton from '@mui/material/ListItemButton'
import ListItemIcon from '@mui/material/ListItemIcon'
import ListItemText from '@mui/material/ListItemText'
import type { ReactElement } from 'react'
import { NavLink, useLocation } from 'react-router'
import { useNewEndpointCount } from '../api/queries'
import { t } from '../texts'
import { useSession } from './session'

export function Nav() {
  const { needs } = useSession()
  const fresh = useNewEndpointCount().data ?? 0
  const admin = needs('admin') === null
  return (
    <nav aria-label={t.nav.label}>
      <List component="div" dense sx={{ py: 1 }}>
        <Item to="/devices" icon={<Dns />} text={t.nav.devices} />
        <Item to="/endpoints" icon={<Router />} text={t.nav.endpoints} count={fresh} countLabel={t.nav.newEndpoints(fresh)} />
        <Item to="/subscribers" icon={<Group />} text={t.nav.subscribers} />
        <Item to="/plans" icon={<Speed />} text={t.nav.plans} />
        <Item to="/sites" icon={<Place />} text={t.nav.sites} />
        <Divider component="div" sx={{ my: 1 }} />
        <Item to="/changes" icon={<History />} text={t.nav.changes} />
        <Item to="/jobs" icon={<ListAlt />} text={t.nav.jobs} />
        <Divider component="div" sx={{ my: 1 }} />
        {admin && <Item to="/users" icon={<VpnKey />} text={t.nav.users} />}
        {admin && <Item to="/settings" icon={<Settings />} text={t.nav.settings} />}
        <Item to="/about" icon={<Info />} text={t.nav.about} />
      </List>
    </nav>
  )
}

function Item({ to, icon, text, count, countLabel }: { to: string; icon: ReactElement; text: string; count?: number; countLabel?: string }) {
  const { pathname } = useLocation()
  const here = pathname === to || pathname.startsWith(to + '/')
  return (
    <ListItemButton component={NavLink} to={to} selected={here} sx={{ mx: 1, borderRadius: 1, minHeight: 40 }}>
      <ListItemIcon sx={{ minWidth: 36, color: here ? 'primary.main' : undefined }}>{icon}</ListItemIcon>
      <ListItemText primary={text} slotProps={{ primary: { sx: { fontWeight: here ? 600 : 500 } } }} />
      {count ? <Chip size="small" color="info" label={count} aria-label={countLabel} title={countLabel} /> : null}
    </ListItemButton>
  )
}
