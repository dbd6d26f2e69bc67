// What may be done to one G.hn port: its name and type, shutting it down, its
// counters. All of it reaches the device at once.
import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import MenuItem from '@mui/material/MenuItem'
import Stack from '@mui/material/Stack'
import TextField from '@mui/material/TextField'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, take } from '../../api/client'
import { asProblem } from '../../api/problem'
import type { Device, Port, PortPatch } from '../../api/types'
import { useSession } from '../../app/session'
import { fieldProps, useForm } from '../../lib/form'
import { ActButton } from '../../parts/ActButton'
import { Confirm } from '../../parts/Confirm'
import { useNotice } from '../../parts/Notice'
import { ProblemAlert } from '../../parts/ProblemAlert'
import { t } from '../../texts'

type Open = 'edit' | 'admin' | 'counters' | null

/** customers is how many services the port carries. */
export function PortActions({ device, port, customers }: { device: Device; port: Port; customers: number }) {
  const { needs } = useSession()
  const say = useNotice()
  const change = useChangePort(device, port)
  const [open, setOpen] = useState<Open>(null)
  const close = () => setOpen(null)
  const why = needs('operator') ?? (device.mode === 'watch' ? t.port.watchOnly : null)
  const shut = port.admin_up === false
  const admin = shut ? t.port.switchOn : t.port.shutDown
  return (
    <Stack direction="row" useFlexGap spacing={1} sx={{ flexWrap: 'wrap' }}>
      <ActButton size="small" why={why} onClick={() => setOpen('edit')}>
        {t.port.edit}
      </ActButton>
      <ActButton size="small" why={why ?? (port.admin_up === null ? t.port.adminUnknown : null)} onClick={() => setOpen('admin')}>
        {admin}
      </ActButton>
      <ActButton size="small" why={needs('technician')} onClick={() => setOpen('counters')}>
        {t.port.resetCounters}
      </ActButton>
      {open === 'edit' && <PortForm device={device} port={port} onClose={close} />}
      {open === 'admin' && (
        <Confirm
          title={shut ? t.port.switchOnTitle(port.number, device.name) : t.port.shutDownTitle(port.number, device.name)}
          action={admin}
          danger={!shut}
          run={async () => {
            await change({ admin_up: shut, ...(!shut && { confirm: true }) })
            say(shut ? t.port.isOn(port.number) : t.port.isShut(port.number))
          }}
          onClose={close}
        >
          {shut ? t.port.switchOnText : t.port.shutDownText(customers)}
        </Confirm>
      )}
      {open === 'counters' && (
        <Confirm
          title={t.port.countersTitle(port.number, device.name)}
          action={t.port.resetCounters}
          run={async () => {
            await take(api.POST('/api/v1/devices/{id}/ports/{number}/reset-counters', at(device, port)))
            say(t.port.countersDone(port.number))
          }}
          onClose={close}
        >
          {t.port.countersText}
        </Confirm>
      )}
    </Stack>
  )
}

const at = (device: Device, port: Port) => ({ params: { path: { id: device.id, number: port.number } } })

function useChangePort(device: Device, port: Port) {
  const queries = useQueryClient()
  return async (body: PortPatch) => {
    try {
      return await take(api.PATCH('/api/v1/devices/{id}/ports/{number}', { ...at(device, port), body }))
    } finally {
      // Also after a failure: part of it may have been done.
      for (const key of ['ports', 'device']) void queries.invalidateQueries({ queryKey: [key, device.id] })
    }
  }
}

function PortForm({ device, port, onClose }: { device: Device; port: Port; onClose: () => void }) {
  const say = useNotice()
  const change = useChangePort(device, port)
  const { values: v, set } = useForm({ name: port.name, type: port.port_type })
  // Only what was changed is sent: the rest may have been changed by others.
  const body: PortPatch = {
    ...(v.name.trim() !== port.name && { name: v.name.trim() }),
    ...(v.type !== port.port_type && { port_type: v.type as PortPatch['port_type'] }),
  }
  const act = useMutation({
    mutationFn: () => change(body),
    onSuccess: () => {
      say(t.port.saved(port.number))
      onClose()
    },
  })
  const p = act.error ? asProblem(act.error) : null
  const why = Object.keys(body).length === 0 ? t.form.unchanged : null
  return (
    <Dialog open onClose={act.isPending ? undefined : onClose} aria-labelledby="port-form">
      <form
        onSubmit={(e) => {
          e.preventDefault()
          if (!why && !act.isPending) act.mutate()
        }}
      >
        <DialogTitle id="port-form">{t.port.editTitle(port.number, device.name)}</DialogTitle>
        <DialogContent>
          <Stack spacing={2} sx={{ pt: 1 }}>
            <ProblemAlert error={act.error} />
            <TextField label={t.port.name} value={v.name} onChange={(e) => set('name', e.target.value)} autoFocus {...fieldProps(p, 'name', t.port.nameHint)} />
            {(port.port_type === 'MIMO' || port.port_type === 'SISO') && (
              <TextField select label={t.port.type} value={v.type} onChange={(e) => set('type', e.target.value)} {...fieldProps(p, 'port_type', t.port.typeHint)}>
                <MenuItem value="MIMO">{t.port.typeName.MIMO}</MenuItem>
                <MenuItem value="SISO">{t.port.typeName.SISO}</MenuItem>
              </TextField>
            )}
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={act.isPending}>
            {t.cancel}
          </Button>
          <ActButton type="submit" variant="contained" busy={act.isPending} why={why}>
            {t.save}
          </ActButton>
        </DialogActions>
      </form>
    </Dialog>
  )
}
