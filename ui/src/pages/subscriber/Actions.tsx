import ListItemText from '@mui/material/ListItemText'
import Menu from '@mui/material/Menu'
import MenuItem from '@mui/material/MenuItem'
import MoreVert from '@mui/icons-material/MoreVert'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, take } from '../../api/client'
import { useSettings } from '../../api/queries'
import type { Subscriber } from '../../api/types'
import { useSession } from '../../app/session'
import { subscriberPath } from '../../lib/paths'
import { ActButton } from '../../parts/ActButton'
import { Confirm } from '../../parts/Confirm'
import { useNotice } from '../../parts/Notice'
import { newestChange, type Watched } from '../../parts/Progress'
import { t } from '../../texts'
import { MoveDialog } from './MoveDialog'
import { SwapDialog } from './SwapDialog'

type Open = 'suspend' | 'resume' | 'end' | 'move' | 'replace' | 'swap' | null

export function SubscriberActions({ subscriber: s, onOrdered }: { subscriber: Subscriber; onOrdered: (w: Watched | null) => void }) {
  const { needs } = useSession()
  const settings = useSettings()
  const navigate = useNavigate()
  const say = useNotice()
  const queries = useQueryClient()
  const [open, setOpen] = useState<Open>(null)
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const ended = s.status === 'ended' ? t.subscriber.endedAlready : null
  const close = () => setOpen(null)

  const ordered = (sub: Subscriber, after: number, text: string) => {
    queries.setQueryData(['subscriber', sub.id], sub)
    void queries.invalidateQueries({ predicate: (q) => ['subscribers', 'endpoints', 'endpoint', 'summary', 'device-plan', 'device'].includes(String(q.queryKey[0])) })
    // The steps were not asked for beforehand; the journal shows them.
    onOrdered(s.device_id ? { deviceID: sub.device_id ?? s.device_id, after, steps: [] } : null)
    say(text)
  }
  const at = { params: { path: { id: s.id }, header: { 'If-Match': `"${s.version}"` } } }

  const items: { name: Exclude<Open, null> | 'edit'; text: string; why: string | null; danger?: boolean }[] = [
    { name: 'edit', text: t.subscriber.editLong, why: needs('operator') ?? ended },
    { name: 'move', text: t.subscriber.move, why: needs('technician') ?? ended },
    { name: 'replace', text: t.subscriber.replace, why: needs('technician') ?? ended ?? (s.endpoint_mac ? null : t.subscriber.noEndpoint) },
    { name: 'swap', text: t.subscriber.swap, why: needs('technician') ?? ended ?? (s.endpoint_mac ? null : t.subscriber.noEndpoint) },
    { name: 'end', text: t.subscriber.end, why: needs('operator') ?? ended, danger: true },
  ]
  return (
    <>
      {s.status === 'suspended' ? (
        <ActButton variant="contained" why={needs('operator')} onClick={() => setOpen('resume')}>
          {t.subscriber.resume}
        </ActButton>
      ) : (
        <ActButton variant="outlined" color="warning" why={needs('operator') ?? (s.status === 'active' ? null : (ended ?? t.subscriber.onlyActive))} onClick={() => setOpen('suspend')}>
          {t.subscriber.suspend}
        </ActButton>
      )}
      <ActButton variant="outlined" endIcon={<MoreVert />} aria-haspopup="menu" onClick={(e) => setAnchor(e.currentTarget)}>
        {t.more}
      </ActButton>
      <Menu open={Boolean(anchor)} anchorEl={anchor} onClose={() => setAnchor(null)}>
        {items.map((i) => (
          <MenuItem
            key={i.name}
            aria-disabled={Boolean(i.why) || undefined}
            onClick={() => {
              if (i.why) return
              setAnchor(null)
              if (i.name === 'edit') void navigate(`${subscriberPath(s.id)}/edit`)
              else setOpen(i.name)
            }}
            sx={{ color: i.danger && !i.why ? 'error.main' : undefined, opacity: i.why ? 0.6 : 1 }}
          >
            <ListItemText primary={i.text} secondary={i.why} />
          </MenuItem>
        ))}
      </Menu>
      {open === 'suspend' && (
        <Confirm
          title={t.subscriber.suspendTitle(s.name)}
          action={t.subscriber.suspend}
          danger
          run={async () => {
            const after = await newestChange(s.device_id)
            ordered(await take(api.POST('/api/v1/subscribers/{id}/suspend', at)), after, t.subscriber.suspended(s.name))
          }}
          onClose={close}
        >
          {t.subscriber.suspendText} {settings.data && t.suspendPolicy[settings.data.suspend_policy]}
        </Confirm>
      )}
      {open === 'resume' && (
        <Confirm
          title={t.subscriber.resumeTitle(s.name)}
          action={t.subscriber.resume}
          run={async () => {
            const after = await newestChange(s.device_id)
            ordered(await take(api.POST('/api/v1/subscribers/{id}/resume', at)), after, t.subscriber.resumed(s.name))
          }}
          onClose={close}
        >
          {t.subscriber.resumeText}
        </Confirm>
      )}
      {open === 'end' && (
        <Confirm
          title={t.subscriber.endTitle(s.name)}
          action={t.subscriber.end}
          danger
          run={async () => {
            const after = await newestChange(s.device_id)
            ordered(await take(api.POST('/api/v1/subscribers/{id}/end', at)), after, t.subscriber.ended(s.name))
          }}
          onClose={close}
        >
          {t.subscriber.endText(s.name, s.gam_name)}
        </Confirm>
      )}
      {open === 'swap' && <SwapDialog subscriber={s} onClose={close} onDone={(sub, after) => ordered(sub, after, t.subscriber.moved(s.name))} />}
      {(open === 'move' || open === 'replace') && (
        <MoveDialog subscriber={s} replace={open === 'replace'} onClose={close} onDone={(sub, after) => ordered(sub, after, t.subscriber.moved(s.name))} />
      )}
    </>
  )
}
