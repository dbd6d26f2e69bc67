import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Card from '@mui/material/Card'
import CardContent from '@mui/material/CardContent'
import Stack from '@mui/material/Stack'
import TextField from '@mui/material/TextField'
import Typography from '@mui/material/Typography'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useState, type ReactNode } from 'react'
import { ActButton } from '../parts/ActButton'
import { Logo } from '../parts/Logo'
import { ProblemAlert } from '../parts/ProblemAlert'
import { signIn, type SessionAnswer } from '../app/session'
import { t } from '../texts'

/** The frame of the pages before sign-in. */
export function Door({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${t.product}`
  }, [title])
  return (
    <Box component="main" sx={{ minHeight: '100dvh', display: 'grid', placeItems: 'center', p: 2 }}>
      <Box sx={{ width: '100%', maxWidth: 400 }}>
        <Stack direction="row" spacing={1.5} sx={{ mb: 2, alignItems: 'center', justifyContent: 'center' }}>
          <Logo size={36} />
          <Typography sx={{ fontSize: '1.6rem', fontWeight: 700, letterSpacing: '-0.02em' }}>{t.product}</Typography>
        </Stack>
        <Card>
          <CardContent sx={{ p: 3 }}>
            <Typography variant="h1" sx={{ mb: 2 }}>
              {title}
            </Typography>
            {children}
          </CardContent>
        </Card>
        <Typography variant="body2" color="textSecondary" sx={{ mt: 2, textAlign: 'center' }}>
          {t.tagline}
        </Typography>
      </Box>
    </Box>
  )
}

/** Name and password; used on the sign-in page and in the dialog over a page. */
export function SignInForm({ name, onDone, onCancel }: { name?: string; onDone: (s: SessionAnswer) => void; onCancel?: () => void }) {
  const [username, setUsername] = useState(name ?? '')
  const [password, setPassword] = useState('')
  const act = useMutation({ mutationFn: () => signIn(username.trim(), password), onSuccess: onDone })
  const why = username.trim() === '' ? t.signIn.needName : null
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault()
        if (!why && !act.isPending) act.mutate()
      }}
    >
      <Stack spacing={2}>
        <ProblemAlert error={act.error} />
        <TextField
          label={t.signIn.username}
          value={username}
          onChange={(e) => setUsername(e.target.value)}
          autoComplete="username"
          autoFocus={!name}
          required
          slotProps={{ htmlInput: { autoCapitalize: 'none', spellCheck: false } }}
        />
        <TextField
          label={t.signIn.password}
          type="password"
          value={password}
          onChange={(e) => setPassword(e.target.value)}
          autoComplete="current-password"
          autoFocus={Boolean(name)}
          required
        />
        <Stack direction="row" spacing={1} sx={{ justifyContent: 'flex-end' }}>
          {onCancel && <Button onClick={onCancel}>{t.signIn.leave}</Button>}
          <ActButton type="submit" variant="contained" busy={act.isPending} why={why} fullWidth={!onCancel} size="large">
            {t.signIn.action}
          </ActButton>
        </Stack>
      </Stack>
    </form>
  )
}

export function SignInPage({ onDone }: { onDone: (s: SessionAnswer) => void }) {
  return (
    <Door title={t.signIn.title}>
      <SignInForm onDone={onDone} />
    </Door>
  )
}
