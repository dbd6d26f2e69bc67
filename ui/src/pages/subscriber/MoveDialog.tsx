import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import MenuItem from '@mui/material/MenuItem'
import Stack from '@mui/material/Stack'
import TextField from '@mui/material/TextField'
import Typography from '@mui/material/Typography'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api, take } from '../../api/client'
import { asProblem } from '../../api/problem'
import { useDeviceChoices } from '../../api/queries'
import type { Preview, Subscriber } from '../../api/types'
import { fieldProps, useForm } from '../../lib/form'
import { ActButton } from '../../parts/ActButton'
import { ProblemAlert } from '../../parts/ProblemAlert'
import { newestChange } from '../../parts/Progress'
import { PlanView } from '../../parts/Steps'
import { t } from '../../texts'
import { EndpointPicker } from './EndpointPicker'

/** Moves a service, or puts another endpoint in the place of its own; the
 * steps are shown before anything is ordered. */
export function MoveDialog({ subscriber: s, replace, onClose, onDone }: { subscriber: Subscriber; replace: boolean; onClose: () => void; onDone: (s: Subscriber, after: number) => void }) {
  const { values: v, set, setValues } = useForm({
    deviceID: s.device_id ? String(s.device_id) : '',
    port: replace ? '' : s.port ? String(s.port) : '',
    mac: replace ? '' : (s.endpoint_mac ?? ''),
  })
  const devices = useDeviceChoices(!replace)
  const device = devices.data?.items.find((d) => String(d.id) === v.deviceID)
  const [preview, setPreview] = useState<Preview | null>(null)

  const look = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/v1/subscribers/preview', {
          body: replace
            ? { subscriber_id: s.id, endpoint_mac: v.mac.trim() }
            : { subscriber_id: s.id, device_id: v.deviceID ? Number(v.deviceID) : null, port: v.port ? Number(v.port) : null, endpoint_mac: v.mac.trim() || null },
        }),
      ),
    onSuccess: setPreview,
  })
  const act = useMutation({
    mutationFn: async () => {
      const after = await newestChange(preview?.subscriber.device_id ?? s.device_id)
      const at = { path: { id: s.id }, header: { 'If-Match': `"${s.version}"` } }
      const sub = replace
        ? await take(api.POST('/api/v1/subscribers/{id}/replace-endpoint', { params: at, body: { endpoint_mac: v.mac.trim() } }))
        : await take(
            api.POST('/api/v1/subscribers/{id}/move', {
              params: at,
              body: {
                ...(v.deviceID && { device_id: Number(v.deviceID) }),
                port: v.port ? Number(v.port) : null,
                ...(v.mac.trim() && { endpoint_mac: v.mac.trim() }),
              },
            }),
          )
      return { sub, after }
    },
    onSuccess: ({ sub, after }) => {
      onDone(sub, after)
      onClose()
    },
    onError: () => setPreview(null),
  })
  const failed = act.error ?? look.error
  const p = failed ? asProblem(failed) : null
  const busy = act.isPending || look.isPending
  const why = replace && !v.mac.trim() ? t.subscriber.chooseEndpoint : null
  return (
    <Dialog open onClose={busy ? undefined : onClose} maxWidth={preview ? 'md' : 'sm'} aria-labelledby="move-title">
      <form
        onSubmit={(e) => {
          e.preventDefault()
          if (why || busy) return
          act.reset()
          if (preview) act.mutate()
          else look.mutate()
        }}
      >
        <DialogTitle id="move-title">{replace ? t.subscriber.replaceTitle(s.name) : t.subscriber.moveTitle(s.name)}</DialogTitle>
        <DialogContent>
          <Stack spacing={2} sx={{ pt: 1 }}>
            <ProblemAlert error={failed} />
            {preview ? (
              <PlanView plan={preview.plan} />
            ) : (
              <>
                <Typography>{replace ? t.subscriber.replaceText(s.endpoint_mac ?? '') : t.subscriber.moveText}</Typography>
                {!replace && (
                  <>
                    <TextField
                      select
                      label={t.subscriber.device}
                      value={device ? v.deviceID : ''}
                      onChange={(e) => setValues((old) => ({ ...old, deviceID: e.target.value, port: '' }))}
                      {...fieldProps(p, 'device_id')}
                    >
                      {(devices.data?.items ?? []).map((d) => (
                        <MenuItem key={d.id} value={String(d.id)}>
                          {d.name}
                        </MenuItem>
                      ))}
                    </TextField>
                    <TextField select label={t.subscriber.port} value={device ? v.port : ''} onChange={(e) => set('port', e.target.value)} slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true } }} {...fieldProps(p, 'port')}>
                      <MenuItem value="">{t.subscriber.whereverItIs}</MenuItem>
                      {Array.from({ length: device?.port_count ?? 0 }, (_, i) => (
                        <MenuItem key={i} value={String(i + 1)}>
                          {t.endpoint.onPort(i + 1)}
                        </MenuItem>
                      ))}
                    </TextField>
                  </>
                )}
                <EndpointPicker
                  label={replace ? t.subscriber.newEndpoint : t.subscriber.endpoint}
                  autoFocus={replace}
                  value={v.mac}
                  deviceID={replace ? s.device_id : v.deviceID ? Number(v.deviceID) : null}
                  except={s.endpoint_mac}
                  {...fieldProps(p, 'endpoint_mac')}
                  onChange={(mac, seen) =>
                    setValues((old) => ({ ...old, mac, ...(seen && !replace && { deviceID: String(seen.device_id), port: seen.port ? String(seen.port) : '' }) }))
                  }
                />
              </>
            )}
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={() => (preview ? setPreview(null) : onClose())} disabled={busy}>
            {preview ? t.back : t.cancel}
          </Button>
          <ActButton type="submit" variant="contained" busy={busy} why={why}>
            {!preview ? t.subscriber.preview : replace ? t.subscriber.replace : t.subscriber.move}
          </ActButton>
        </DialogActions>
      </form>
    </Dialog>
  )
}
