// The state of a list lives in the page's address, so that it can be kept,
// sent to somebody and gone back to.
import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'

export interface ListState {
  q: string
  sort: string
  limit: number
  cursor: string
  /** 1 for the first page; counts only, the cursor decides. */
  page: number
  filters: Record<string, string>
}

const own = new Set(['q', 'sort', 'limit', 'cursor', 'page'])
const defaultLimit = 50

/** Reads a list's state from address parameters; names are its filters. */
export function readList(params: URLSearchParams, names: readonly string[]): ListState {
  const filters: Record<string, string> = {}
  for (const name of names) {
    const v = params.get(name)
    if (v && !own.has(name)) filters[name] = v
  }
  const limit = Number(params.get('limit'))
  const cursor = params.get('cursor') ?? ''
  return {
    q: params.get('q') ?? '',
    sort: params.get('sort') ?? '',
    limit: Number.isInteger(limit) && limit >= 1 && limit <= 500 ? limit : defaultLimit,
    cursor,
    page: cursor ? Math.max(2, Number(params.get('page')) || 2) : 1,
    filters,
  }
}

/** The query of the API for a list's state. */
export function apiQuery(s: ListState): Record<string, string | number> {
  return {
    ...s.filters,
    limit: s.limit,
    ...(s.q && { q: s.q }),
    ...(s.sort && { sort: s.sort }),
    ...(s.cursor && { cursor: s.cursor }),
  }
}

// Cursors of the pages gone through, so that one can go back: the server only
// tells the next one.
const trails = new Map<string, string[]>()

const trailKey = (path: string, s: ListState) => JSON.stringify([path, s.q, s.sort, s.limit, s.filters])

export interface ListControl extends ListState {
  set: (change: Record<string, string | null>) => void
  next: (cursor: string) => void
  back: () => void
  first: () => void
}

/** A list's state and the ways to change it; any change of filter or order
 * goes back to the first page. */
export function useListState(names: readonly string[]): ListControl {
  const [params, setParams] = useSearchParams()
  const key = names.join()
  const state = useMemo(() => readList(params, key.split(',')), [params, key])
  const trail = trailKey(location.pathname, state)

  const set = useCallback(
    (change: Record<string, string | null>) =>
      setParams(
        (old) => {
          const p = new URLSearchParams(old)
          for (const [k, v] of Object.entries(change)) {
            if (v) p.set(k, v)
            else p.delete(k)
          }
          p.delete('cursor')
          p.delete('page')
          return p
        },
        { replace: 'q' in change },
      ),
    [setParams],
  )
  const goto = useCallback(
    (cursor: string, page: number) =>
      setParams((old) => {
        const p = new URLSearchParams(old)
        if (page > 1 && cursor) {
          p.set('cursor', cursor)
          p.set('page', String(page))
        } else {
          p.delete('cursor')
          p.delete('page')
        }
        return p
      }),
    [setParams],
  )
  return {
    ...state,
    set,
    next: (cursor) => {
      const cursors = trails.get(trail) ?? []
      cursors[state.page - 1] = state.cursor
      trails.set(trail, cursors)
      goto(cursor, state.page + 1)
    },
    back: () => {
      const before = trails.get(trail)?.[state.page - 2]
      // Somebody who came by a link has no trail: back is the first page.
      goto(before ?? '', before === undefined ? 1 : state.page - 1)
    },
    first: () => goto('', 1),
  }
}
