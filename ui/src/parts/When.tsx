import Tooltip from '@mui/material/Tooltip'
import { useSyncExternalStore } from 'react'
import { ago, exactTime, parseTime } from '../lib/time'
import { t } from '../texts'

// One clock for all relative times on the page.
let now = Date.now()
const watchers = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function watch(w: () => void) {
  watchers.add(w)
  timer ??= setInterval(() => {
    now = Date.now()
    watchers.forEach((each) => each())
  }, 5000)
  return () => {
    watchers.delete(w)
    if (watchers.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }
}

/** The time now, renewed every five seconds. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now)
}

/** A time relative to now; the exact value in the viewer's zone on hover. */
export function When({ at, never = t.never }: { at: string | number | null | undefined; never?: string }) {
  useNow()
  const time = typeof at === 'number' ? new Date(at) : parseTime(at)
  if (!time) return <>{never}</>
  return (
    <Tooltip title={exactTime(time)}>
      <time dateTime={time.toISOString()} tabIndex={0} style={{ whiteSpace: 'nowrap' }}>
        {ago(time, Date.now())}
      </time>
    </Tooltip>
  )
}
