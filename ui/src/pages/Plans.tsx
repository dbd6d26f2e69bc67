import Add from '@mui/icons-material/Add'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { usePlans } from '../api/queries'
import type { Plan } from '../api/types'
import { useSession } from '../app/session'
import { useListState } from '../lib/listparams'
import { ActButton } from '../parts/ActButton'
import { DataList, type Column } from '../parts/DataList'
import { Empty } from '../parts/Empty'
import { Link } from '../parts/Link'
import { Page } from '../parts/Page'
import { t } from '../texts'
import { PlanForm } from './PlanForm'

const none: string[] = []

const columns: Column<Plan>[] = [
  { field: 'name', head: t.planForm.name, sortable: true, flex: 1.4, render: (p) => <strong>{p.name}</strong> },
  { field: 'downstream_mbps', head: t.planForm.down, sortable: true, width: 150, align: 'right', render: (p) => <span className="num">{p.downstream_mbps === null ? t.plan.unthrottled : t.mbps(p.downstream_mbps)}</span> },
  { field: 'upstream_mbps', head: t.planForm.up, sortable: true, width: 150, align: 'right', render: (p) => <span className="num">{p.upstream_mbps === null ? t.plan.unthrottled : t.mbps(p.upstream_mbps)}</span> },
  { field: 'overhead_percent', head: t.planForm.overhead, width: 110, align: 'right', render: (p) => <span className="num">{p.overhead_percent} %</span> },
  { field: 'in_use', head: t.planForm.inUse, width: 110, align: 'right', render: (p) => <Link to={`/subscribers?plan_id=${p.id}`}>{p.in_use}</Link> },
  { field: 'description', head: t.planForm.description, flex: 1, render: (p) => p.description || t.none },
]

export function Component() {
  const list = useListState(none)
  const query = usePlans(list)
  const { needs } = useSession()
  const [open, setOpen] = useState<Plan | 'new' | null>(null)
  const add = (
    <ActButton variant="contained" startIcon={<Add />} why={needs('operator')} onClick={() => setOpen('new')}>
      {t.planForm.add}
    </ActButton>
  )
  return (
    <Page title={t.nav.plans} subtitle={t.planForm.subtitle} actions={add}>
      <DataList
        label={t.nav.plans}
        list={list}
        query={query}
        columns={columns}
        rowID={(p) => p.id}
        onOpen={setOpen}
        searchable
        card={(p) => (
          <Stack spacing={0.5}>
            <Stack direction="row" spacing={1} sx={{ justifyContent: 'space-between' }}>
              <Typography sx={{ fontWeight: 600 }}>{p.name}</Typography>
              <Link to={`/subscribers?plan_id=${p.id}`}>{t.planForm.usedBy(p.in_use)}</Link>
            </Stack>
            <Typography variant="body2" color="textSecondary">
              {t.plan.rates(p.downstream_mbps, p.upstream_mbps)} · {t.planForm.overheadShort(p.overhead_percent)}
            </Typography>
            <div>
              <ActButton size="small" why={needs('operator')} onClick={() => setOpen(p)}>
                {t.edit}
              </ActButton>
            </div>
          </Stack>
        )}
        empty={
          <Empty title={t.planForm.emptyTitle} hint={t.planForm.emptyHint}>
            {add}
          </Empty>
        }
      />
      {open && <PlanForm was={open === 'new' ? null : open} onClose={() => setOpen(null)} />}
    </Page>
  )
}
