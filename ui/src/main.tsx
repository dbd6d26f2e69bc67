import '@fontsource-variable/inter/index.css'
import CssBaseline from '@mui/material/CssBaseline'
import { ThemeProvider } from '@mui/material/styles'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { asProblem } from './api/problem'
import { App } from './app/App'
import { theme } from './theme'

// The set-up link that the server prints may carry its route after a "#",
// which keeps the token out of access logs.
if (location.hash.startsWith('#/')) history.replaceState(null, '', location.hash.slice(1))

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The event stream says when something changed; this is for its gaps.
      staleTime: 15_000,
      refetchInterval: 60_000,
      // An answer with a reason will not be another one a second later.
      retry: (count, err) => asProblem(err).status === 0 && count < 2,
    },
  },
})

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <ThemeProvider theme={theme} defaultMode="system">
      <CssBaseline enableColorScheme />
      <QueryClientProvider client={queries}>
        <App />
      </QueryClientProvider>
    </ThemeProvider>
  </StrictMode>,
)
