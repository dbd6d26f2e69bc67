// Steps ticking while a device follows. What is shown is the journal, read
// again whenever the event stream says so; nothing is assumed to have worked.
import Alert from '@mui/material/Alert'
import LinearProgress from '@mui/material/LinearProgress'
import Stack from '@mui/material/Stack'
import { useQuery } from '@tanstack/react-query'
import { api, take } from '../api/client'
import { useDevice } from '../api/queries'
import type { Change, Device, Step } from '../api/types'
import { t } from '../texts'
import { Steps, type StepState } from './Steps'

export interface Watched {
  deviceID: number
  /** The newest line of the device's journal before the order; what is older is another story. */
  after: number
  /** As previewed; empty where nothing was, then the journal itself is shown. */
  steps: Step[]
}

/** The newest line of a device's journal, 0 for none. */
export async function newestChange(deviceID: number | null): Promise<number> {
  if (!deviceID) return 0
  const page = await take(api.GET('/api/v1/devices/{id}/changes', { params: { path: { id: deviceID }, query: { limit: 1 } } }))
  return page.items[0]?.id ?? 0
}

const rank: StepState[] = ['waiting', 'started', 'applied', 'verified', 'failed']

/** Finds each step in the journal: same act on the same entry. */
export function tick(steps: readonly Step[], changes: readonly Change[]): { states: StepState[]; errors: string[] } {
  const states: StepState[] = []
  const errors: string[] = []
  for (const s of steps) {
    let state: StepState = 'waiting'
    let error = ''
    // Newest first: the last attempt of a step counts.
    const c = changes.find((c) => c.action === s.action && c.kind === s.kind && c.name === s.name)
    if (c && rank.includes(c.result as StepState)) {
      state = c.result as StepState
      error = c.error
    }
    states.push(state)
    errors.push(error)
  }
  return { states, errors }
}

export type Ending = 'working' | 'settled' | 'failed' | 'stuck' | 'approval'

/** How it ended, if it did. */
export function ending(d: Pick<Device, 'sync' | 'work_waiting'>, states: readonly StepState[]): Ending {
  if (d.sync.state === 'stuck') return 'stuck'
  if (states.includes('failed') || d.sync.state === 'failed') return 'failed'
  if (d.sync.state === 'in_sync' && !d.work_waiting) return 'settled'
  if (d.sync.state === 'pending' && !d.work_waiting && !states.some((s) => s !== 'waiting')) return 'approval'
  return 'working'
}

// The event stream tells of changes; this is how long a missed one may hide.
const watchMS = 2000

export function Progress({ watched }: { watched: Watched }) {
  const device = useDevice(watched.deviceID, watchMS)
  const changes = useQuery({
    queryKey: ['changes', 'after', watched.deviceID, watched.after],
    queryFn: async ({ signal }) => {
      const page = await take(api.GET('/api/v1/devices/{id}/changes', { params: { path: { id: watched.deviceID }, query: { limit: 500 } }, signal }))
      return page.items.filter((c) => c.id > watched.after)
    },
    refetchInterval: watchMS,
  })
  const lines = changes.data ?? []
  const steps: Step[] = watched.steps.length > 0 ? watched.steps : lines.toReversed()
  const { states, errors } = tick(steps, lines)
  const done = states.filter((s) => s === 'verified' || s === 'applied').length
  const end = device.data ? ending(device.data, states) : 'working'
  const total = steps.length
  return (
    <Stack spacing={1.5} aria-live="polite">
      {end === 'working' && (
        <>
          <LinearProgress variant={done > 0 ? 'determinate' : 'indeterminate'} value={total ? (done / total) * 100 : 0} aria-label={t.progress.label} />
          <span>{t.progress.working(done, total)}</span>
        </>
      )}
      {end === 'settled' && <Alert severity="success">{t.progress.settled}</Alert>}
      {end === 'failed' && <Alert severity="warning">{t.progress.failed(device.data?.sync.reason ?? '')}</Alert>}
      {end === 'stuck' && <Alert severity="error">{t.progress.stuck(device.data?.sync.reason ?? '')}</Alert>}
      {end === 'approval' && <Alert severity="info">{t.progress.approval(device.data?.sync.reason ?? '')}</Alert>}
      {total > 0 && <Steps steps={steps} states={states} errors={errors} />}
    </Stack>
  )
}
