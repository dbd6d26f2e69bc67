// The states of things as small labels: a shape and a word always, colour as
// a help only.
import Cached from '@mui/icons-material/Cached'
import CheckCircle from '@mui/icons-material/CheckCircle'
import ErrorIcon from '@mui/icons-material/Error'
import FiberNew from '@mui/icons-material/FiberNew'
import HelpOutline from '@mui/icons-material/HelpOutlined'
import HourglassTop from '@mui/icons-material/HourglassTop'
import PanTool from '@mui/icons-material/PanToolOutlined'
import PauseCircle from '@mui/icons-material/PauseCircle'
import PowerOff from '@mui/icons-material/PowerOff'
import RadioButtonUnchecked from '@mui/icons-material/RadioButtonUnchecked'
import RemoveCircle from '@mui/icons-material/RemoveCircleOutlined'
import Schedule from '@mui/icons-material/Schedule'
import ShuffleOn from '@mui/icons-material/CallSplit'
import SwapHoriz from '@mui/icons-material/SwapHoriz'
import Warning from '@mui/icons-material/WarningAmber'
import Chip, { type ChipProps } from '@mui/material/Chip'
import Tooltip from '@mui/material/Tooltip'
import type { ReactElement } from 'react'
import { useSettings } from '../api/queries'
import { isNew } from '../lib/plate'
import { ago, parseTime } from '../lib/time'
import { useNow } from './When'
import { t } from '../texts'

interface Look {
  icon: ReactElement
  color: ChipProps['color']
  text: string
}

function mark(looks: Record<string, Look>) {
  return function Mark({ value, why, old }: { value: string | null | undefined; why?: string | null; old?: string }) {
    const look = looks[value ?? ''] ?? { icon: <HelpOutline />, color: 'default' as const, text: value || t.unknown }
    // What is old is drawn like what is not known, with its age.
    const dashed = look.color === 'default' || Boolean(old)
    const chip = (
      <Chip
        size="small"
        icon={old ? <HelpOutline /> : look.icon}
        label={old ? `${look.text}, ${old}` : look.text}
        color={old ? 'default' : look.color}
        variant="outlined"
        sx={dashed ? { borderStyle: 'dashed' } : undefined}
        tabIndex={why ? 0 : undefined}
      />
    )
    return why ? <Tooltip title={why}>{chip}</Tooltip> : chip
  }
}

export const DeviceStatus = mark({
  online: { icon: <CheckCircle />, color: 'success', text: t.deviceStatus.online },
  degraded: { icon: <Warning />, color: 'warning', text: t.deviceStatus.degraded },
  offline: { icon: <PowerOff />, color: 'error', text: t.deviceStatus.offline },
  unknown: { icon: <HelpOutline />, color: 'default', text: t.deviceStatus.unknown },
})

export const SyncMark = mark({
  in_sync: { icon: <CheckCircle />, color: 'success', text: t.sync.in_sync },
  pending: { icon: <HourglassTop />, color: 'info', text: t.sync.pending },
  drifted: { icon: <ShuffleOn />, color: 'warning', text: t.sync.drifted },
  failed: { icon: <Cached />, color: 'warning', text: t.sync.failed },
  stuck: { icon: <PanTool />, color: 'error', text: t.sync.stuck },
  '': { icon: <HelpOutline />, color: 'default', text: t.sync.none },
})

const StateMark = mark({
  ordered: { icon: <HourglassTop />, color: 'info', text: t.endpointState.ordered },
  ok: { icon: <CheckCircle />, color: 'success', text: t.endpointState.ok },
  not_detected: { icon: <RadioButtonUnchecked />, color: 'error', text: t.endpointState.not_detected },
  quarantined_wrong_port: { icon: <SwapHoriz />, color: 'warning', text: t.endpointState.quarantined_wrong_port },
  quarantined_unknown_mac: { icon: <FiberNew />, color: 'info', text: t.endpointState.quarantined_unknown_mac },
  unknown: { icon: <HelpOutline />, color: 'default', text: t.endpointState.unknown },
})

// Several reads missed in a row make a state old news.
const oldAfter = (pollSeconds: number) => Math.max(600, 3 * pollSeconds) * 1000

/** The state of an endpoint, as read; with an order for it, "not configured yet" is already history. */
export function EndpointState({ of: e }: { of: { state: string; subscriber_id: number | null; read_at: string | null } }) {
  const now = useNow()
  const pollSeconds = useSettings().data?.endpoint_poll_s ?? 60
  const read = parseTime(e.read_at)
  const old = read && now - read.getTime() > oldAfter(pollSeconds) ? ago(read, now) : undefined
  if (isNew(e) || e.state !== 'quarantined_unknown_mac') return <StateMark value={e.state} old={old} why={old && t.endpoint.oldState} />
  return <StateMark value="ordered" why={t.endpoint.ordered} />
}

export const SubscriberStatus = mark({
  pending: { icon: <HourglassTop />, color: 'info', text: t.subscriberStatus.pending },
  active: { icon: <CheckCircle />, color: 'success', text: t.subscriberStatus.active },
  suspended: { icon: <PauseCircle />, color: 'warning', text: t.subscriberStatus.suspended },
  ended: { icon: <RemoveCircle />, color: 'default', text: t.subscriberStatus.ended },
})

export const ChangeResult = mark({
  started: { icon: <HourglassTop />, color: 'info', text: t.changeResult.started },
  applied: { icon: <CheckCircle />, color: 'info', text: t.changeResult.applied },
  verified: { icon: <CheckCircle />, color: 'success', text: t.changeResult.verified },
  failed: { icon: <ErrorIcon />, color: 'error', text: t.changeResult.failed },
})

export const JobState = mark({
  queued: { icon: <HourglassTop />, color: 'info', text: t.jobState.queued },
  running: { icon: <Cached />, color: 'info', text: t.jobState.running },
  waiting: { icon: <Schedule />, color: 'default', text: t.jobState.waiting },
  retrying: { icon: <Warning />, color: 'warning', text: t.jobState.retrying },
  completed: { icon: <CheckCircle />, color: 'success', text: t.jobState.completed },
  cancelled: { icon: <RemoveCircle />, color: 'default', text: t.jobState.cancelled },
  discarded: { icon: <ErrorIcon />, color: 'error', text: t.jobState.discarded },
})
