// The event stream: what changes on the server shows here without reloading.
import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react'

export type LiveState = 'connecting' | 'live' | 'lost'

const Context = createContext<{ state: LiveState; since: number }>({ state: 'connecting', since: 0 })
export const useLive = () => useContext(Context)

const kinds = ['device', 'subscriber', 'plan', 'endpoint', 'change', 'job', 'site', 'settings'] as const

// Which queries an event makes old, by the first word of their key.
const touches: Record<string, string[]> = {
  device: ['devices', 'device', 'ports', 'summary', 'unmanaged', 'device-plan'],
  subscriber: ['subscribers', 'subscriber', 'devices', 'summary', 'endpoints', 'device-plan', 'unmanaged'],
  plan: ['plans', 'plan', 'device-plan'],
  endpoint: ['endpoints', 'endpoint', 'ports', 'summary'],
  change: ['changes'],
  // A finished job is when a device has followed.
  job: ['jobs', 'device'],
  site: ['sites'],
  settings: ['settings'],
}

// Events come in bursts (a poll of a full GAM is hundreds); one look per
// interval is enough for people and gentle on the server.
const gatherMS = 700

function gather(queries: QueryClient) {
  let words = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  return {
    add(kind: string) {
      for (const w of touches[kind] ?? []) words.add(w)
      timer ??= setTimeout(() => {
        timer = undefined
        const now = words
        words = new Set()
        void queries.invalidateQueries({ predicate: (q) => now.has(String(q.queryKey[0])) })
      }, gatherMS)
    },
    stop: () => clearTimeout(timer),
  }
}

/** Keeps one stream open, opens it again after a loss, and then reads all anew. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  const [live, setLive] = useState<{ state: LiveState; since: number }>({ state: 'connecting', since: Date.now() })

  useEffect(() => {
    const gathered = gather(queries)
    let source: EventSource | undefined
    let again: ReturnType<typeof setTimeout> | undefined
    let wait = 1000
    let wasLost = false
    let stopped = false
    let lastID = ''

    const lost = () => {
      wasLost = true
      setLive((l) => (l.state === 'lost' ? l : { state: 'lost', since: Date.now() }))
    }
    const open = () => {
      if (stopped) return
      source = new EventSource('/api/v1/events' + (lastID ? `?since=${encodeURIComponent(lastID)}` : ''))
      source.onopen = () => {
        wait = 1000
        setLive({ state: 'live', since: Date.now() })
        if (wasLost) void queries.invalidateQueries({ predicate: (q) => q.queryKey[0] !== 'session' })
        wasLost = false
      }
      source.onerror = () => {
        lost()
        // The browser tries again by itself unless the server answered with
        // an error; then it is on us.
        if (source?.readyState === EventSource.CLOSED) {
          again = setTimeout(open, wait)
          wait = Math.min(wait * 2, 30000)
        }
      }
      for (const kind of kinds) {
        source.addEventListener(kind, (e) => {
          lastID = (e as MessageEvent).lastEventId
          gathered.add(kind)
        })
      }
      // We were away longer than events are kept.
      source.addEventListener('reset', (e) => {
        lastID = (e as MessageEvent).lastEventId
        void queries.invalidateQueries({ predicate: (q) => q.queryKey[0] !== 'session' })
      })
    }
    open()
    const online = () => {
      wasLost = true
      // An open stream may be a dead one that has not noticed yet.
      source?.close()
      clearTimeout(again)
      open()
    }
    window.addEventListener('online', online)
    window.addEventListener('offline', lost)
    return () => {
      stopped = true
      window.removeEventListener('online', online)
      window.removeEventListener('offline', lost)
      clearTimeout(again)
      gathered.stop()
      source?.close()
    }
  }, [queries])

  return <Context.Provider value={live}>{children}</Context.Provider>
}
