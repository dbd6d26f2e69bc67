import Add from '@mui/icons-material/Add'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { useSites } from '../api/queries'
import type { Site } from '../api/types'
import { useSession } from '../app/session'
import { useListState } from '../lib/listparams'
import { ActButton } from '../parts/ActButton'
import { DataList, type Column } from '../parts/DataList'
import { Empty } from '../parts/Empty'
import { Link } from '../parts/Link'
import { Page } from '../parts/Page'
import { t } from '../texts'
import { SiteForm } from './SiteForm'

const none: string[] = []

const policyText = (s: Site) => {
  const p = s.vlan_policy
  if (!p) return t.site.asSettings
  return p.mode === 'shared' ? t.site.sharedText(p.shared ?? 0) : t.site.uniqueText(p.range?.first ?? 0, p.range?.last ?? 0)
}

const columns: Column<Site>[] = [
  { field: 'name', head: t.site.name, sortable: true, flex: 1, render: (s) => <strong>{s.name}</strong> },
  { field: 'address', head: t.site.address, flex: 1.4, render: (s) => s.address || t.none },
  { field: 'vlan_policy', head: t.site.vlans, flex: 1, render: policyText },
  { field: 'devices', head: t.nav.devices, width: 120, render: (s) => <Link to={`/devices?site_id=${s.id}`}>{t.site.show}</Link> },
]

export function Component() {
  const list = useListState(none)
  const query = useSites(list)
  const { needs } = useSession()
  const [open, setOpen] = useState<Site | 'new' | null>(null)
  const add = (
    <ActButton variant="contained" startIcon={<Add />} why={needs('operator')} onClick={() => setOpen('new')}>
      {t.site.add}
    </ActButton>
  )
  return (
    <Page title={t.nav.sites} subtitle={t.site.subtitle} actions={add}>
      <DataList
        label={t.nav.sites}
        list={list}
        query={query}
        columns={columns}
        rowID={(s) => s.id}
        onOpen={setOpen}
        searchable
        card={(s) => (
          <Stack spacing={0.5}>
            <Stack direction="row" spacing={1} sx={{ justifyContent: 'space-between' }}>
              <Typography sx={{ fontWeight: 600 }}>{s.name}</Typography>
              <Link to={`/devices?site_id=${s.id}`}>{t.nav.devices}</Link>
            </Stack>
            <Typography variant="body2" color="textSecondary">
              {[s.address, policyText(s)].filter(Boolean).join(' · ')}
            </Typography>
            <div>
              <ActButton size="small" why={needs('operator')} onClick={() => setOpen(s)}>
                {t.edit}
              </ActButton>
            </div>
          </Stack>
        )}
        empty={
          <Empty title={t.site.emptyTitle} hint={t.site.emptyHint}>
            {add}
          </Empty>
        }
      />
      {open && <SiteForm was={open === 'new' ? null : open} onClose={() => setOpen(null)} />}
    </Page>
  )
}
