import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import Stack from '@mui/material/Stack'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, take } from '../../api/client'
import { Problem } from '../../api/problem'
import { useDevicePlan } from '../../api/queries'
import type { Device } from '../../api/types'
import { useSession } from '../../app/session'
import { ActButton } from '../../parts/ActButton'
import { Confirm } from '../../parts/Confirm'
import { Loaded } from '../../parts/Loaded'
import { ProblemAlert } from '../../parts/ProblemAlert'
import { newestChange, Progress, type Watched } from '../../parts/Progress'
import { PlanView } from '../../parts/Steps'
import { t } from '../../texts'

/** What would be done on the device, then doing it, then watching it. */
export function PlanDialog({ device, onClose }: { device: Device; onClose: () => void }) {
  const [watched, setWatched] = useState<Watched | null>(null)
  const plan = useDevicePlan(device.id, !watched)
  const queries = useQueryClient()
  const { needs } = useSession()
  const [accepting, setAccepting] = useState(false)
  const apply = useMutation({
    mutationFn: async () => {
      const after = await newestChange(device.id)
      const p = plan.data
      const approve = device.mode === 'confirm' && p?.fingerprint ? { fingerprint: p.fingerprint } : {}
      await take(api.POST('/api/v1/devices/{id}/apply', { params: { path: { id: device.id } }, body: approve }))
      return { deviceID: device.id, after, steps: p?.steps ?? [] }
    },
    onSuccess: (w) => {
      setWatched(w)
      void queries.invalidateQueries({ queryKey: ['device', device.id] })
    },
  })
  const steps = plan.data?.steps.length ?? 0
  const why = needs('operator') ?? (device.mode === 'watch' ? t.device.watchOnly : plan.data && steps === 0 ? t.plan.noSteps : !plan.data ? t.loading : null)
  return (
    <Dialog open onClose={onClose} maxWidth="md" aria-labelledby="plan-title">
      <DialogTitle id="plan-title">{watched ? t.progress.title(device.name) : t.plan.title(device.name)}</DialogTitle>
      <DialogContent>
        <Stack spacing={2}>
          <ProblemAlert error={apply.error} />
          {watched ? (
            <Progress watched={watched} />
          ) : (
            <>
              {device.mode === 'watch' && <Alert severity="info">{t.device.watchOnly}</Alert>}
              {device.status !== 'online' && <Alert severity="warning">{t.plan.notOnline(device.name, t.deviceStatus[device.status])}</Alert>}
              <Loaded query={plan}>{(p) => <PlanView plan={p} />}</Loaded>
            </>
          )}
        </Stack>
      </DialogContent>
      <DialogActions>
        {!watched && (plan.data?.drift.length ?? 0) > 0 && (
          <ActButton color="warning" why={needs('operator')} onClick={() => setAccepting(true)}>
            {t.plan.accept}
          </ActButton>
        )}
        <Button onClick={onClose}>{watched ? t.close : t.cancel}</Button>
        {!watched && (
          <ActButton variant="contained" busy={apply.isPending} why={why} onClick={() => apply.mutate()}>
            {device.mode === 'confirm' ? t.plan.approve(steps) : t.plan.apply(steps)}
          </ActButton>
        )}
      </DialogActions>
      {accepting && (
        <Confirm
          title={t.plan.acceptTitle(device.name)}
          action={t.plan.accept}
          run={async () => {
            const done = await take(api.POST('/api/v1/devices/{id}/accept-drift', { params: { path: { id: device.id } } }))
            const refused = done.items.filter((x) => x.error)
            await queries.invalidateQueries({ queryKey: ['device-plan', device.id] })
            if (refused.length > 0) throw new Problem(200, 'drift', '', t.plan.notAccepted, refused.map((x) => ({ field: x.key, message: x.error })))
          }}
          onClose={() => setAccepting(false)}
        >
          {t.plan.acceptText}
        </Confirm>
      )}
    </Dialog>
  )
}
