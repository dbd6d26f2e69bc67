import Box from '@mui/material/Box'
import CircularProgress from '@mui/material/CircularProgress'
import { useQueryClient } from '@tanstack/react-query'
import { RouterProvider } from 'react-router/dom'
import { Door, SignInPage } from '../pages/SignIn'
import { ProblemAlert } from '../parts/ProblemAlert'
import { NoticeProvider } from '../parts/Notice'
import { t } from '../texts'
import { LiveProvider } from './live'
import { router, setupRouter } from './routes'
import { SessionProvider, useSessionQuery } from './session'

/** Nobody signed in: the door. Somebody: the house. The address stays. */
export function App() {
  const session = useSessionQuery()
  const queries = useQueryClient()
  if (location.pathname === '/setup') return <RouterProvider router={setupRouter()} />
  if (session.data) {
    return (
      <SessionProvider value={session.data}>
        <LiveProvider>
          <NoticeProvider>
            <RouterProvider router={router()} />
          </NoticeProvider>
        </LiveProvider>
      </SessionProvider>
    )
  }
  if (session.data === null) return <SignInPage onDone={(s) => queries.setQueryData(['session'], s)} />
  if (session.isError) {
    return (
      <Door title={t.problem.noServer}>
        <ProblemAlert error={session.error} retry={() => void session.refetch()} />
      </Door>
    )
  }
  return (
    <Box sx={{ minHeight: '100dvh', display: 'grid', placeItems: 'center' }}>
      <CircularProgress aria-label={t.loading} />
    </Box>
  )
}
