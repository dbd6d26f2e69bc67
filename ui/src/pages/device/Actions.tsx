import MoreVert from '@mui/icons-material/MoreVert'
import PlayArrow from '@mui/icons-material/PlayArrowOutlined'
import Refresh from '@mui/icons-material/Refresh'
import IconButton from '@mui/material/IconButton'
import ListItemText from '@mui/material/ListItemText'
import Menu from '@mui/material/Menu'
import MenuItem from '@mui/material/MenuItem'
import Tooltip from '@mui/material/Tooltip'
import Snackbar from '@mui/material/Snackbar'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, take } from '../../api/client'
import type { Device } from '../../api/types'
import { useSession } from '../../app/session'
import { ActButton } from '../../parts/ActButton'
import { Confirm } from '../../parts/Confirm'
import { useNotice } from '../../parts/Notice'
import { ProblemAlert } from '../../parts/ProblemAlert'
import { t } from '../../texts'
import { AccessTest } from './AccessTest'
import { DeviceEdit } from './DeviceEdit'
import { PlanDialog } from './PlanDialog'

type Open = 'plan' | 'edit' | 'test' | 'save' | 'reboot' | 'delete' | null

export function DeviceActions({ device: d }: { device: Device }) {
  const [open, setOpen] = useState<Open>(null)
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const { needs } = useSession()
  const say = useNotice()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const at = { params: { path: { id: d.id } } }
  const read = useMutation({
    mutationFn: () => take(api.POST('/api/v1/devices/{id}/poll', at)),
    onSuccess: () => say(t.device.reading(d.name)),
  })
  const close = () => setOpen(null)

  const items: { name: Exclude<Open, 'plan' | null>; text: string; why: string | null; danger?: boolean }[] = [
    { name: 'edit', text: t.device.edit, why: needs('operator') },
    { name: 'test', text: t.device.test, why: needs('technician') },
    { name: 'save', text: t.device.save, why: needs('operator') },
    { name: 'reboot', text: t.device.reboot, why: needs('operator'), danger: true },
    { name: 'delete', text: t.device.forget, why: needs('operator'), danger: true },
  ]

  return (
    <>
      <ActButton variant="outlined" startIcon={<Refresh />} busy={read.isPending} why={needs('technician')} onClick={() => read.mutate()}>
        {t.device.readNow}
      </ActButton>
      <ActButton variant="contained" startIcon={<PlayArrow />} onClick={() => setOpen('plan')}>
        {t.device.preview}
      </ActButton>
      <Tooltip title={t.more}>
        <IconButton aria-label={t.more} aria-haspopup="menu" onClick={(e) => setAnchor(e.currentTarget)}>
          <MoreVert />
        </IconButton>
      </Tooltip>
      <Menu open={Boolean(anchor)} anchorEl={anchor} onClose={() => setAnchor(null)}>
        {items.map((i) => (
          <MenuItem
            key={i.name}
            aria-disabled={Boolean(i.why) || undefined}
            onClick={() => {
              if (i.why) return
              setAnchor(null)
              setOpen(i.name)
            }}
            sx={{ color: i.danger && !i.why ? 'error.main' : undefined, opacity: i.why ? 0.6 : 1 }}
          >
            <ListItemText primary={i.text} secondary={i.why} />
          </MenuItem>
        ))}
      </Menu>
      <Snackbar open={read.isError} onClose={() => read.reset()} anchorOrigin={{ vertical: 'bottom', horizontal: 'center' }}>
        <div>
          <ProblemAlert error={read.error} retry={() => read.mutate()} />
        </div>
      </Snackbar>
      {open === 'plan' && <PlanDialog device={d} onClose={close} />}
      {open === 'edit' && <DeviceEdit device={d} onClose={close} />}
      {open === 'test' && <AccessTest device={d} onClose={close} />}
      {open === 'save' && (
        <Confirm
          title={t.device.saveTitle(d.name)}
          action={t.device.save}
          run={async () => {
            await take(api.POST('/api/v1/devices/{id}/save', at))
            say(t.device.saved(d.name))
          }}
          onClose={close}
        >
          {t.device.saveText}
        </Confirm>
      )}
      {open === 'reboot' && (
        <Confirm
          title={t.device.rebootTitle(d.name)}
          action={t.device.rebootAction(d.name)}
          danger
          run={async () => {
            await take(api.POST('/api/v1/devices/{id}/reboot', at))
            say(t.device.rebooting(d.name))
          }}
          onClose={close}
        >
          {t.device.rebootText(d.active_subscribers)}
        </Confirm>
      )}
      {open === 'delete' && (
        <Confirm
          title={t.device.forgetTitle(d.name)}
          action={t.device.forget}
          danger
          run={async () => {
            await take(api.DELETE('/api/v1/devices/{id}', { params: { path: { id: d.id }, header: { 'If-Match': `"${d.version}"` } } }))
            await queries.invalidateQueries({ queryKey: ['devices'] })
            say(t.device.forgotten(d.name))
            void navigate('/devices')
          }}
          onClose={close}
        >
          {t.device.forgetText}
        </Confirm>
      )}
    </>
  )
}
