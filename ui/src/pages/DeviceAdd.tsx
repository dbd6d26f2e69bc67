import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import MenuItem from '@mui/material/MenuItem'
import Stack from '@mui/material/Stack'
import TextField from '@mui/material/TextField'
import Typography from '@mui/material/Typography'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { api, take } from '../api/client'
import { asProblem } from '../api/problem'
import { useSiteChoices } from '../api/queries'
import type { DeviceCreate } from '../api/types'
import { fieldProps, useForm } from '../lib/form'
import { devicePath } from '../lib/paths'
import { ActButton } from '../parts/ActButton'
import { ProblemAlert } from '../parts/ProblemAlert'
import { t } from '../texts'

const modes = ['manage', 'confirm', 'watch'] as const

/** Adds a device; it is read at once, so the next page shows it coming up. */
export function DeviceAdd({ onClose }: { onClose: () => void }) {
  const { values: v, set } = useForm({ name: '', address: '', username: 'admin', password: '', site: '', mode: 'manage' as DeviceCreate['mode'], notes: '' })
  const sites = useSiteChoices()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const act = useMutation({
    mutationFn: () => {
      const url = /^https?:\/\//i.test(v.address.trim()) ? v.address.trim() : undefined
      return take(
        api.POST('/api/v1/devices', {
          body: {
            name: v.name.trim(),
            ...(url ? {} : { address: v.address.trim() }),
            mode: v.mode,
            notes: v.notes,
            site_id: v.site ? Number(v.site) : null,
            access: { jsonrpc: { ...(url && { url }), username: v.username, password: v.password } },
          },
        }),
      )
    },
    onSuccess: (d) => {
      void queries.invalidateQueries({ queryKey: ['devices'] })
      void queries.invalidateQueries({ queryKey: ['summary'] })
      onClose()
      void navigate(devicePath(d.id))
    },
  })
  const p = act.error ? asProblem(act.error) : null
  const why = !v.name.trim() ? t.form.needName : !v.address.trim() ? t.device.needAddress : null
  return (
    <Dialog open onClose={act.isPending ? undefined : onClose} aria-labelledby="add-device">
      <form
        onSubmit={(e) => {
          e.preventDefault()
          if (!why && !act.isPending) act.mutate()
        }}
      >
        <DialogTitle id="add-device">{t.device.add}</DialogTitle>
        <DialogContent>
          <Stack spacing={2} sx={{ pt: 1 }}>
            <ProblemAlert error={act.error} />
            <TextField label={t.device.name} value={v.name} onChange={(e) => set('name', e.target.value)} autoFocus required {...fieldProps(p, 'name', t.device.nameHint)} />
            <TextField
              label={t.device.address}
              value={v.address}
              onChange={(e) => set('address', e.target.value)}
              required
              {...fieldProps(p, p?.field('access.jsonrpc.url') ? 'access.jsonrpc.url' : 'address', t.device.addressHint)}
              slotProps={{ htmlInput: { autoCapitalize: 'none', spellCheck: false } }}
            />
            <Stack direction={{ xs: 'column', sm: 'row' }} spacing={2}>
              <TextField label={t.device.username} value={v.username} onChange={(e) => set('username', e.target.value)} autoComplete="off" {...fieldProps(p, 'access.jsonrpc.username')} />
              <TextField
                label={t.device.password}
                type="password"
                value={v.password}
                onChange={(e) => set('password', e.target.value)}
                autoComplete="new-password"
                {...fieldProps(p, 'access.jsonrpc.password', t.device.passwordHint)}
              />
            </Stack>
            <TextField select label={t.device.site} value={v.site} onChange={(e) => set('site', e.target.value)} slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true } }} {...fieldProps(p, 'site_id')}>
              <MenuItem value="">{t.none}</MenuItem>
              {(sites.data?.items ?? []).map((s) => (
                <MenuItem key={s.id} value={String(s.id)}>
                  {s.name}
                </MenuItem>
              ))}
            </TextField>
            <TextField select label={t.device.mode} value={v.mode} onChange={(e) => set('mode', e.target.value as DeviceCreate['mode'])} {...fieldProps(p, 'mode', t.modeHint[v.mode ?? 'manage'])}>
              {modes.map((m) => (
                <MenuItem key={m} value={m}>
                  {t.mode[m]}
                </MenuItem>
              ))}
            </TextField>
            <TextField label={t.notes} value={v.notes} onChange={(e) => set('notes', e.target.value)} multiline minRows={2} {...fieldProps(p, 'notes')} />
            <Typography variant="body2" color="textSecondary">
              {t.device.addNote}
            </Typography>
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={act.isPending}>
            {t.cancel}
          </Button>
          <ActButton type="submit" variant="contained" busy={act.isPending} why={why}>
            {t.device.add}
          </ActButton>
        </DialogActions>
      </form>
    </Dialog>
  )
}
