import Box from '@mui/material/Box'
import LinearProgress from '@mui/material/LinearProgress'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, take } from '../api/client'
import { useDeviceChoices, useJobs } from '../api/queries'
import type { Job } from '../api/types'
import { useSession } from '../app/session'
import { useListState } from '../lib/listparams'
import { devicePath } from '../lib/paths'
import { ActButton } from '../parts/ActButton'
import { DataList, type Column } from '../parts/DataList'
import { Empty } from '../parts/Empty'
import { choicesOf, FilterSelect } from '../parts/Filters'
import { Link } from '../parts/Link'
import { JobState } from '../parts/Marks'
import { useNotice } from '../parts/Notice'
import { Page } from '../parts/Page'
import { When } from '../parts/When'
import { asProblem } from '../api/problem'
import { t } from '../texts'

const filters = ['state', 'kind', 'device_id'] as const
const over = ['completed', 'cancelled', 'discarded']

const kindText = (kind: string) => t.jobKind[kind as keyof typeof t.jobKind] ?? kind

function JobProgress({ j }: { j: Job }) {
  const p = j.progress
  if (j.last_error && j.state !== 'completed') {
    return (
      <Typography variant="body2" color="error" noWrap title={j.last_error}>
        {j.last_error}
      </Typography>
    )
  }
  return (
    <Box sx={{ flex: 1, minWidth: 0 }}>
      <Typography variant="body2" noWrap>
        {p.text || (p.total > 0 ? `${p.done} / ${p.total}` : t.none)}
      </Typography>
      {p.total > 0 && !over.includes(j.state) && <LinearProgress variant="determinate" value={(p.done / p.total) * 100} aria-label={t.progress.label} />}
    </Box>
  )
}

function JobActions({ j }: { j: Job }) {
  const { needs } = useSession()
  const say = useNotice()
  const queries = useQueryClient()
  const at = { params: { path: { id: j.id } } }
  const cancel = j.state === 'running' || j.state === 'queued'
  const act = useMutation({
    mutationFn: () => (!cancel ? take(api.POST('/api/v1/jobs/{id}/retry', at)) : take(api.POST('/api/v1/jobs/{id}/cancel', at))),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
    onError: (e) => say(asProblem(e).message, 'error'),
  })
  if (j.state === 'completed') return null
  return (
    <ActButton size="small" busy={act.isPending} why={needs('operator')} onClick={() => act.mutate()}>
      {cancel ? t.cancelJob : t.retryNow}
    </ActButton>
  )
}

const columns: Column<Job>[] = [
  { field: 'id', head: '#', width: 80, align: 'right', render: (j) => <span className="num">{j.id}</span> },
  { field: 'kind', head: t.job.kind, width: 190, render: (j) => kindText(j.kind) },
  { field: 'device_id', head: t.job.device, flex: 1, render: (j) => (j.device_id ? <Link to={devicePath(j.device_id)}>{j.device_name || `#${j.device_id}`}</Link> : t.none) },
  { field: 'state', head: t.job.state, width: 160, render: (j) => <JobState value={j.state} why={j.last_error} /> },
  { field: 'progress', head: t.job.progress, flex: 1.6, render: (j) => <JobProgress j={j} /> },
  { field: 'attempts', head: t.job.attempts, width: 90, align: 'right', render: (j) => <span className="num">{j.attempts}</span> },
  { field: 'created_at', head: t.job.created, width: 120, render: (j) => <When at={j.created_at} /> },
  { field: 'scheduled_at', head: t.job.next, width: 120, render: (j) => (over.includes(j.state) ? <When at={j.finished_at} /> : <When at={j.scheduled_at} />) },
  { field: 'actions', head: t.job.actions, width: 120, render: (j) => <JobActions j={j} /> },
]

export function Component() {
  const list = useListState(filters)
  const query = useJobs(list)
  const devices = useDeviceChoices()
  return (
    <Page title={t.nav.jobs} subtitle={t.job.subtitle}>
      <DataList
        label={t.nav.jobs}
        list={list}
        query={query}
        columns={columns}
        rowID={(j) => j.id}
        toolbar={
          <>
            <FilterSelect list={list} name="state" label={t.job.state} choices={choicesOf(t.jobState)} />
            <FilterSelect list={list} name="kind" label={t.job.kind} choices={choicesOf(t.jobKind)} />
            <FilterSelect list={list} name="device_id" label={t.job.device} choices={(devices.data?.items ?? []).map((d) => ({ value: String(d.id), text: d.name }))} />
          </>
        }
        card={(j) => (
          <Stack spacing={0.75}>
            <Stack direction="row" spacing={1} sx={{ justifyContent: 'space-between', alignItems: 'center' }}>
              <Typography sx={{ fontWeight: 600 }}>{kindText(j.kind)}</Typography>
              <JobState value={j.state} why={j.last_error} />
            </Stack>
            {j.device_id && <Link to={devicePath(j.device_id)}>{j.device_name}</Link>}
            <JobProgress j={j} />
            <Stack direction="row" spacing={1} sx={{ justifyContent: 'space-between', alignItems: 'center' }}>
              <Typography variant="body2" color="textSecondary">
                <When at={j.created_at} /> · {t.job.tries(j.attempts)}
              </Typography>
              <JobActions j={j} />
            </Stack>
          </Stack>
        )}
        empty={<Empty title={t.job.emptyTitle} hint={t.job.emptyHint} />}
      />
    </Page>
  )
}
