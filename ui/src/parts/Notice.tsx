import Alert from '@mui/material/Alert'
import Snackbar from '@mui/material/Snackbar'
import { createContext, useCallback, useContext, useState, type ReactNode } from 'react'

type Tone = 'success' | 'error'
const Context = createContext<(text: string, tone?: Tone) => void>(() => {})

/** Says that something was done, or not, for a few seconds. */
export const useNotice = () => useContext(Context)

export function NoticeProvider({ children }: { children: ReactNode }) {
  const [notice, setNotice] = useState<{ text: string; tone: Tone; n: number } | null>(null)
  const say = useCallback((text: string, tone: Tone = 'success') => setNotice((old) => ({ text, tone, n: (old?.n ?? 0) + 1 })), [])
  return (
    <Context.Provider value={say}>
      {children}
      <Snackbar
        key={notice?.n}
        open={notice !== null}
        autoHideDuration={notice?.tone === 'error' ? null : 5000}
        onClose={(_, why) => why !== 'clickaway' && setNotice(null)}
        anchorOrigin={{ vertical: 'bottom', horizontal: 'center' }}
      >
        <Alert severity={notice?.tone} variant="filled" onClose={() => setNotice(null)}>
          {notice?.text}
        </Alert>
      </Snackbar>
    </Context.Provider>
  )
}
