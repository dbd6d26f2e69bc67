// Who is signed in, and what they may do.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, useCallback, useContext, useMemo, type ReactNode } from 'react'
import { api, keepSession, take } from '../api/client'
import { asProblem } from '../api/problem'
import type { components } from '../api/schema'
import { t } from '../texts'

export type Role = 'viewer' | 'technician' | 'operator' | 'admin'
const order: Role[] = ['viewer', 'technician', 'operator', 'admin']

export type SessionAnswer = components['schemas']['Session']

export interface Session {
  user: SessionAnswer['user']
  /** Null when the role is enough, else the reason why not. */
  needs: (role: Role) => string | null
  signOut: () => Promise<void>
}

const Context = createContext<Session | null>(null)

export function useSession(): Session {
  const s = useContext(Context)
  if (!s) throw new Error('useSession outside of a session')
  return s
}

/** The session as the server knows it; null when nobody is signed in. */
export function useSessionQuery() {
  return useQuery({
    queryKey: ['session'],
    queryFn: async (): Promise<SessionAnswer | null> => {
      try {
        const s = await take(api.GET('/api/v1/session'))
        keepSession(s.csrf_token)
        return s
      } catch (err) {
        if (asProblem(err).status === 401) return null
        throw err
      }
    },
    staleTime: Infinity,
    retry: 1,
  })
}

export async function signIn(username: string, password: string): Promise<SessionAnswer> {
  const s = await take(api.POST('/api/v1/session', { body: { username, password } }))
  keepSession(s.csrf_token)
  return s
}

export function SessionProvider({ value, children }: { value: SessionAnswer; children: ReactNode }) {
  const queries = useQueryClient()
  const signOut = useCallback(async () => {
    try {
      await take(api.DELETE('/api/v1/session'))
    } finally {
      keepSession('')
      queries.clear()
      queries.setQueryData(['session'], null)
    }
  }, [queries])
  const session = useMemo<Session>(() => {
    const have = order.indexOf(value.user.role as Role)
    return {
      user: value.user,
      needs: (role) => (have >= order.indexOf(role) ? null : t.needsRole(t.roles[role])),
      signOut,
    }
  }, [value, signOut])
  return <Context.Provider value={session}>{children}</Context.Provider>
}
