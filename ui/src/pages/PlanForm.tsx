import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import Stack from '@mui/material/Stack'
import TextField from '@mui/material/TextField'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, take } from '../api/client'
import { asProblem } from '../api/problem'
import type { Plan } from '../api/types'
import { useSession } from '../app/session'
import { fieldProps, useForm } from '../lib/form'
import { optionalNumber } from '../lib/vlans'
import { ActButton } from '../parts/ActButton'
import { Confirm } from '../parts/Confirm'
import { useNotice } from '../parts/Notice'
import { ProblemAlert } from '../parts/ProblemAlert'
import { t } from '../texts'

export function PlanForm({ was, onClose }: { was: Plan | null; onClose: () => void }) {
  const { needs } = useSession()
  const say = useNotice()
  const queries = useQueryClient()
  const { values: v, set } = useForm({
    name: was?.name ?? '',
    down: was?.downstream_mbps?.toString() ?? '',
    up: was?.upstream_mbps?.toString() ?? '',
    overhead: String(was?.overhead_percent ?? 7),
    description: was?.description ?? '',
  })
  const [removing, setRemoving] = useState(false)
  const down = optionalNumber(v.down)
  const up = optionalNumber(v.up)
  const overhead = optionalNumber(v.overhead)
  const header = was ? { 'If-Match': `"${was.version}"` } : undefined
  const renew = () => queries.invalidateQueries({ predicate: (q) => ['plans', 'summary'].includes(String(q.queryKey[0])) })
  const act = useMutation({
    mutationFn: () => {
      const body = { name: v.name.trim(), downstream_mbps: down, upstream_mbps: up, overhead_percent: overhead ?? undefined, description: v.description.trim() }
      return was
        ? take(api.PATCH('/api/v1/plans/{id}', { params: { path: { id: was.id }, header }, body }))
        : take(api.POST('/api/v1/plans', { body }))
    },
    onSuccess: (p) => {
      void renew()
      say(t.planForm.saved(p.name))
      onClose()
    },
  })
  const p = act.error ? asProblem(act.error) : null
  const bad = (n: number | null) => Number.isNaN(n)
  const why = needs('operator') ?? (!v.name.trim() ? t.form.needName : bad(down) || bad(up) || bad(overhead) ? t.form.refused.number : null)
  const ratesChange = was && was.in_use > 0 && (down !== was.downstream_mbps || up !== was.upstream_mbps || overhead !== was.overhead_percent)
  const number = { slotProps: { htmlInput: { inputMode: 'numeric' as const } } }
  const field = (name: string, n: number | null, hint?: string) => (bad(n) ? { error: true, helperText: t.form.refused.number } : fieldProps(p, name, hint))
  return (
    <Dialog open onClose={act.isPending ? undefined : onClose} aria-labelledby="plan-form">
      <form
        onSubmit={(e) => {
          e.preventDefault()
          if (!why && !act.isPending) act.mutate()
        }}
      >
        <DialogTitle id="plan-form">{was ? t.planForm.editTitle(was.name) : t.planForm.add}</DialogTitle>
        <DialogContent>
          <Stack spacing={2} sx={{ pt: 1 }}>
            <ProblemAlert error={act.error} />
            {ratesChange && <Alert severity="warning">{t.planForm.affects(was.in_use)}</Alert>}
            <TextField label={t.planForm.name} value={v.name} onChange={(e) => set('name', e.target.value)} autoFocus required {...fieldProps(p, 'name')} />
            <Stack direction={{ xs: 'column', sm: 'row' }} spacing={2}>
              <TextField label={t.planForm.downLong} value={v.down} onChange={(e) => set('down', e.target.value)} {...number} {...field('downstream_mbps', down, t.planForm.rateHint)} />
              <TextField label={t.planForm.upLong} value={v.up} onChange={(e) => set('up', e.target.value)} {...number} {...field('upstream_mbps', up, t.planForm.rateHint)} />
            </Stack>
            <TextField label={t.planForm.overheadLong} value={v.overhead} onChange={(e) => set('overhead', e.target.value)} {...number} {...field('overhead_percent', overhead, t.planForm.overheadHint)} />
            <TextField label={t.planForm.description} value={v.description} onChange={(e) => set('description', e.target.value)} {...fieldProps(p, 'description')} />
          </Stack>
        </DialogContent>
        <DialogActions>
          {was && (
            <ActButton color="error" why={needs('operator') ?? (was.in_use > 0 ? t.planForm.inUseWhy(was.in_use) : null)} onClick={() => setRemoving(true)} sx={{ mr: 'auto' }}>
              {t.remove}
            </ActButton>
          )}
          <Button onClick={onClose} disabled={act.isPending}>
            {t.cancel}
          </Button>
          <ActButton type="submit" variant="contained" busy={act.isPending} why={why}>
            {t.save}
          </ActButton>
        </DialogActions>
      </form>
      {removing && was && (
        <Confirm
          title={t.planForm.removeTitle(was.name)}
          action={t.remove}
          danger
          run={async () => {
            await take(api.DELETE('/api/v1/plans/{id}', { params: { path: { id: was.id }, header } }))
            void renew()
            onClose()
          }}
          onClose={() => setRemoving(false)}
        >
          {t.planForm.removeText}
        </Confirm>
      )}
    </Dialog>
  )
}
