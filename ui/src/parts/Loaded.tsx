import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Skeleton from '@mui/material/Skeleton'
import Stack from '@mui/material/Stack'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { asProblem } from '../api/problem'
import { t } from '../texts'
import { ProblemAlert } from './ProblemAlert'
import { When } from './When'

/**
 * Shows what a query has. Data that could not be renewed stays on the page,
 * marked with its age; only a query that never answered shows its error alone.
 */
export function Loaded<T>({ query, children, rows = 4 }: { query: UseQueryResult<T>; children: (data: T) => ReactNode; rows?: number }) {
  if (query.data !== undefined) {
    return (
      <>
        <Stale query={query} />
        {children(query.data)}
      </>
    )
  }
  if (query.isError) return <ProblemAlert error={query.error} retry={() => void query.refetch()} />
  return (
    <Stack spacing={1} aria-busy="true" aria-label={t.loading}>
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} variant="rounded" height={i === 0 ? 40 : 28} />
      ))}
    </Stack>
  )
}

/** Says that what is shown could not be renewed, and how old it is. */
export function Stale({ query }: { query: UseQueryResult<unknown> }) {
  if (!query.isError || query.data === undefined) return null
  return (
    <Alert
      severity="warning"
      sx={{ mb: 2 }}
      action={
        <Button color="inherit" size="small" onClick={() => void query.refetch()}>
          {t.retry}
        </Button>
      }
    >
      {t.staleData} <When at={query.dataUpdatedAt} />. {asProblem(query.error).message}
    </Alert>
  )
}
