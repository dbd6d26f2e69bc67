// A list that the server pages, sorts and filters: a grid where there is
// room, cards on a phone. The grid's code is loaded only where it is shown.
import Box from '@mui/material/Box'
import Card from '@mui/material/Card'
import IconButton from '@mui/material/IconButton'
import FirstPage from '@mui/icons-material/FirstPage'
import ChevronLeft from '@mui/icons-material/ChevronLeft'
import ChevronRight from '@mui/icons-material/ChevronRight'
import MenuItem from '@mui/material/MenuItem'
import Skeleton from '@mui/material/Skeleton'
import Stack from '@mui/material/Stack'
import TextField from '@mui/material/TextField'
import Tooltip from '@mui/material/Tooltip'
import Typography from '@mui/material/Typography'
import useMediaQuery from '@mui/material/useMediaQuery'
import type { UseQueryResult } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react'
import { useDebounced } from '../lib/hooks'
import type { ListControl } from '../lib/listparams'
import { t } from '../texts'
import { ProblemAlert } from './ProblemAlert'
import { Stale } from './Loaded'

const Grid = lazy(() => import('./Grid'))

export interface Column<T> {
  field: string
  head: string
  /** Pixels; a column without takes the rest. */
  width?: number
  /** Pixels, of a column without width. */
  minWidth?: number
  flex?: number
  sortable?: boolean
  align?: 'left' | 'right'
  /** Left out where the window is not wide. */
  wide?: boolean
  render: (row: T) => ReactNode
}

export interface ListAnswer<T> {
  items: T[]
  total: number
  next: string | null
}

export interface DataListProps<T> {
  label: string
  list: ListControl
  query: UseQueryResult<ListAnswer<T>>
  columns: Column<T>[]
  rowID: (row: T) => string | number
  /** A card's content on a phone. */
  card: (row: T) => ReactNode
  onOpen?: (row: T) => void
  /** Shown when there is nothing at all, not when a filter matches nothing. */
  empty: ReactNode
  /** Filters; left out while there is nothing to filter. */
  toolbar?: ReactNode
  searchable?: boolean
}

export function DataList<T>(props: DataListProps<T>) {
  const { list, query, empty } = props
  const narrow = useMediaQuery((th) => th.breakpoints.down('md'))
  const nothing = query.data?.items.length === 0 && !query.isPlaceholderData
  const filtered = list.q !== '' || Object.keys(list.filters).length > 0
  return (
    <Stack spacing={1.5} sx={{ minWidth: 0 }}>
      {(props.searchable || props.toolbar) && (filtered || !nothing) && (
        <Stack direction="row" useFlexGap spacing={1} sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
          {props.searchable && <FilterText list={list} label={t.list.filter(props.label)} />}
          {props.toolbar}
        </Stack>
      )}
      <Stale query={query} />
      {query.data === undefined && query.isError ? (
        <ProblemAlert error={query.error} retry={() => void query.refetch()} />
      ) : nothing ? (
        filtered ? (
          <Nothing list={list} />
        ) : (
          empty
        )
      ) : narrow ? (
        <Cards {...props} />
      ) : (
        <Suspense fallback={<Waiting />}>
          <Grid {...(props as DataListProps<unknown>)} />
        </Suspense>
      )}
      <Pager list={list} query={query} />
    </Stack>
  )
}

function Nothing({ list }: { list: ListControl }) {
  return (
    <Box sx={{ py: 4, textAlign: 'center' }} role="status">
      <Typography>{t.list.noMatch}</Typography>
      <Typography
        component="button"
        onClick={() => list.set(Object.fromEntries(['q', ...Object.keys(list.filters)].map((k) => [k, null])))}
        sx={{ border: 0, bgcolor: 'transparent', color: 'primary.main', cursor: 'pointer', font: 'inherit', p: 1, textDecoration: 'underline' }}
      >
        {t.list.clear}
      </Typography>
    </Box>
  )
}

function Waiting() {
  return (
    <Stack spacing={0.75} aria-busy="true" aria-label={t.loading}>
      {Array.from({ length: 8 }, (_, i) => (
        <Skeleton key={i} variant="rounded" height={44} />
      ))}
    </Stack>
  )
}

function Cards<T>({ query, card, rowID, onOpen, label }: DataListProps<T>) {
  if (!query.data) return <Waiting />
  return (
    <Stack component="ul" spacing={1} aria-label={label} sx={{ m: 0, p: 0, listStyle: 'none', opacity: query.isPlaceholderData ? 0.6 : 1 }}>
      {query.data.items.map((row) => (
        <Card
          component="li"
          key={rowID(row)}
          onClick={(e) => {
            // Links and buttons in the card do their own thing.
            if (onOpen && !(e.target as HTMLElement).closest('a,button,[tabindex]')) onOpen(row)
          }}
          sx={{ p: 1.5, cursor: onOpen ? 'pointer' : undefined }}
        >
          {card(row)}
        </Card>
      ))}
    </Stack>
  )
}

function FilterText({ list, label }: { list: ListControl; label: string }) {
  const [text, setText] = useState(list.q)
  const still = useDebounced(text, 250)
  const { q, set } = list
  useEffect(() => {
    if (still.trim() !== q) set({ q: still.trim() || null })
    // Only what was typed starts a change; an address that changed is below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [still])
  useEffect(() => setText(q), [q])
  return (
    <TextField
      type="search"
      value={text}
      onChange={(e) => setText(e.target.value)}
      placeholder={label}
      slotProps={{ htmlInput: { 'aria-label': label } }}
      sx={{ width: { xs: '100%', sm: 260 } }}
    />
  )
}

function Pager<T>({ list, query }: { list: ListControl; query: UseQueryResult<ListAnswer<T>> }) {
  const data = query.data
  if (!data || data.total === 0) return null
  const from = (list.page - 1) * list.limit + 1
  const more = Boolean(data.next)
  return (
    <Stack direction="row" useFlexGap spacing={1} sx={{ alignItems: 'center', justifyContent: 'flex-end', flexWrap: 'wrap' }}>
      <TextField
        select
        variant="standard"
        value={[25, 50, 100, 250].includes(list.limit) ? list.limit : ''}
        onChange={(e) => list.set({ limit: e.target.value })}
        slotProps={{ htmlInput: { 'aria-label': t.list.perPage }, select: { disableUnderline: true } }}
        sx={{ width: 'auto' }}
      >
        {[25, 50, 100, 250].map((n) => (
          <MenuItem key={n} value={n}>
            {t.list.rows(n)}
          </MenuItem>
        ))}
      </TextField>
      <Typography variant="body2" className="num" aria-live="polite">
        {t.list.range(from, Math.min(from + data.items.length - 1, data.total), data.total)}
      </Typography>
      <Box>
        <PageButton label={t.list.first} off={list.page === 1} onClick={list.first} icon={<FirstPage />} />
        <PageButton label={t.list.back} off={list.page === 1} onClick={list.back} icon={<ChevronLeft />} />
        <PageButton label={t.list.next} off={!more} onClick={() => data.next && list.next(data.next)} icon={<ChevronRight />} />
      </Box>
    </Stack>
  )
}

function PageButton({ label, off, onClick, icon }: { label: string; off: boolean; onClick: () => void; icon: ReactNode }) {
  const button = (
    <IconButton aria-label={label} disabled={off} onClick={onClick}>
      {icon}
    </IconButton>
  )
  return off ? button : <Tooltip title={label}>{button}</Tooltip>
}
