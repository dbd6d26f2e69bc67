import Accordion from '@mui/material/Accordion'
import AccordionDetails from '@mui/material/AccordionDetails'
import AccordionSummary from '@mui/material/AccordionSummary'
import ExpandMore from '@mui/icons-material/ExpandMore'
import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import FormControlLabel from '@mui/material/FormControlLabel'
import MenuItem from '@mui/material/MenuItem'
import Stack from '@mui/material/Stack'
import Switch from '@mui/material/Switch'
import TextField from '@mui/material/TextField'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, take } from '../../api/client'
import { asProblem } from '../../api/problem'
import { useSiteChoices } from '../../api/queries'
import type { Device, DevicePatch } from '../../api/types'
import { useSession } from '../../app/session'
import { fieldProps, useForm } from '../../lib/form'
import { ActButton } from '../../parts/ActButton'
import { ProblemAlert } from '../../parts/ProblemAlert'
import { t } from '../../texts'

/** The record of a device: people's part; what the device says of itself is not typed. */
export function DeviceEdit({ device: d, onClose }: { device: Device; onClose: () => void }) {
  const { needs } = useSession()
  const notAdmin = needs('admin')
  const sites = useSiteChoices()
  const queries = useQueryClient()
  const j = d.access_summary.jsonrpc
  const { values: v, set } = useForm({
    name: d.name,
    address: d.address,
    site: d.site_id ? String(d.site_id) : '',
    mode: d.mode,
    notes: d.notes,
    url: j.url,
    username: j.username,
    password: '',
    tlsVerify: j.tls_verify,
    forgetPin: false,
  })
  const act = useMutation({
    mutationFn: () => {
      const body: DevicePatch = { name: v.name.trim(), site_id: v.site ? Number(v.site) : null, mode: v.mode, notes: v.notes }
      if (!notAdmin) {
        body.address = v.address.trim()
        body.access = {
          jsonrpc: {
            url: v.url.trim(),
            username: v.username,
            tls_verify: v.tlsVerify,
            ...(v.password && { password: v.password }),
            ...(v.forgetPin && { tls_pin: '' }),
          },
        }
      }
      return take(api.PATCH('/api/v1/devices/{id}', { params: { path: { id: d.id }, header: { 'If-Match': `"${d.version}"` } }, body }))
    },
    onSuccess: (saved) => {
      queries.setQueryData(['device', d.id], saved)
      void queries.invalidateQueries({ queryKey: ['devices'] })
      onClose()
    },
  })
  const p = act.error ? asProblem(act.error) : null
  return (
    <Dialog open onClose={act.isPending ? undefined : onClose} aria-labelledby="edit-device">
      <form
        onSubmit={(e) => {
          e.preventDefault()
          if (!act.isPending) act.mutate()
        }}
      >
        <DialogTitle id="edit-device">{t.device.editTitle(d.name)}</DialogTitle>
        <DialogContent>
          <Stack spacing={2} sx={{ pt: 1 }}>
            <ProblemAlert error={act.error} />
            <TextField label={t.device.name} value={v.name} onChange={(e) => set('name', e.target.value)} required {...fieldProps(p, 'name')} />
            <TextField select label={t.device.site} value={v.site} onChange={(e) => set('site', e.target.value)} slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true } }} {...fieldProps(p, 'site_id')}>
              <MenuItem value="">{t.none}</MenuItem>
              {(sites.data?.items ?? []).map((s) => (
                <MenuItem key={s.id} value={String(s.id)}>
                  {s.name}
                </MenuItem>
              ))}
            </TextField>
            <TextField select label={t.device.mode} value={v.mode} onChange={(e) => set('mode', e.target.value as Device['mode'])} {...fieldProps(p, 'mode', t.modeHint[v.mode])}>
              {(['manage', 'confirm', 'watch'] as const).map((m) => (
                <MenuItem key={m} value={m}>
                  {t.mode[m]}
                </MenuItem>
              ))}
            </TextField>
            <TextField label={t.notes} value={v.notes} onChange={(e) => set('notes', e.target.value)} multiline minRows={2} {...fieldProps(p, 'notes')} />
            <Accordion variant="outlined" disableGutters>
              <AccordionSummary expandIcon={<ExpandMore />}>{t.device.access}</AccordionSummary>
              <AccordionDetails>
                <Stack spacing={2}>
                  {notAdmin && <Alert severity="info">{notAdmin}</Alert>}
                  <TextField label={t.device.address} value={v.address} disabled={Boolean(notAdmin)} onChange={(e) => set('address', e.target.value)} {...fieldProps(p, 'address')} />
                  <TextField label={t.device.url} value={v.url} disabled={Boolean(notAdmin)} onChange={(e) => set('url', e.target.value)} {...fieldProps(p, 'access.jsonrpc.url', t.device.urlHint)} />
                  <TextField label={t.device.username} value={v.username} disabled={Boolean(notAdmin)} onChange={(e) => set('username', e.target.value)} autoComplete="off" {...fieldProps(p, 'access.jsonrpc.username')} />
                  <TextField
                    label={t.device.password}
                    type="password"
                    value={v.password}
                    disabled={Boolean(notAdmin)}
                    onChange={(e) => set('password', e.target.value)}
                    autoComplete="new-password"
                    {...fieldProps(p, 'access.jsonrpc.password', j.password_set ? t.device.passwordKept : t.device.passwordHint)}
                  />
                  <FormControlLabel control={<Switch checked={v.tlsVerify} disabled={Boolean(notAdmin)} onChange={(e) => set('tlsVerify', e.target.checked)} />} label={t.device.tlsVerify} />
                  {j.tls_pin && (
                    <FormControlLabel control={<Switch checked={v.forgetPin} disabled={Boolean(notAdmin)} onChange={(e) => set('forgetPin', e.target.checked)} />} label={t.device.forgetPin(j.tls_pin.slice(0, 16))} />
                  )}
                </Stack>
              </AccordionDetails>
            </Accordion>
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={act.isPending}>
            {t.cancel}
          </Button>
          <ActButton type="submit" variant="contained" busy={act.isPending} why={v.name.trim() ? null : t.form.needName}>
            {t.save}
          </ActButton>
        </DialogActions>
      </form>
    </Dialog>
  )
}
