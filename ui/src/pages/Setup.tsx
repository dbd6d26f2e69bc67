import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Stack from '@mui/material/Stack'
import TextField from '@mui/material/TextField'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'
import { api, take } from '../api/client'
import { asProblem } from '../api/problem'
import { fieldProps, useForm } from '../lib/form'
import { ActButton } from '../parts/ActButton'
import { Loaded } from '../parts/Loaded'
import { ProblemAlert } from '../parts/ProblemAlert'
import { t } from '../texts'
import { Door } from './SignIn'

/** The first start: the one-time link makes the first user, an admin. */
export function Component() {
  const state = useQuery({ queryKey: ['setup'], queryFn: ({ signal }) => take(api.GET('/api/v1/setup', { signal })) })
  return (
    <Door title={t.setup.title}>
      <Loaded query={state} rows={3}>
        {(s) =>
          s.needed ? (
            <SetupForm />
          ) : (
            <Stack spacing={2}>
              <Alert severity="info">{t.setup.done}</Alert>
              <Button variant="contained" href="/">
                {t.signIn.action}
              </Button>
            </Stack>
          )
        }
      </Loaded>
    </Door>
  )
}

function SetupForm() {
  const [params] = useSearchParams()
  const { values: v, set } = useForm({ token: params.get('token') ?? '', username: 'admin', password: '', again: '' })
  const act = useMutation({
    mutationFn: () => take(api.POST('/api/v1/setup', { body: { token: v.token.trim(), username: v.username.trim(), password: v.password } })),
    // The session cookie is set; a fresh load begins at the front.
    onSuccess: () => location.replace('/'),
  })
  const p = act.error ? asProblem(act.error) : null
  const differ = v.again !== '' && v.again !== v.password
  const why = !v.token.trim() ? t.setup.needToken : !v.username.trim() ? t.signIn.needName : !v.password ? t.users.needPassword : v.again !== v.password ? t.setup.differ : null
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault()
        if (!why && !act.isPending) act.mutate()
      }}
    >
      <Stack spacing={2}>
        <span>{t.setup.text}</span>
        <ProblemAlert error={act.error} />
        <TextField label={t.setup.token} value={v.token} onChange={(e) => set('token', e.target.value)} required autoComplete="off" {...fieldProps(p, 'token', t.setup.tokenHint)} />
        <TextField label={t.signIn.username} value={v.username} onChange={(e) => set('username', e.target.value)} required autoComplete="username" {...fieldProps(p, 'username')} />
        <TextField label={t.signIn.password} type="password" value={v.password} onChange={(e) => set('password', e.target.value)} required autoComplete="new-password" autoFocus {...fieldProps(p, 'password')} />
        <TextField label={t.setup.again} type="password" value={v.again} onChange={(e) => set('again', e.target.value)} required autoComplete="new-password" error={differ} helperText={differ ? t.setup.differ : undefined} />
        <ActButton type="submit" variant="contained" size="large" busy={act.isPending || act.isSuccess} why={why}>
          {t.setup.action}
        </ActButton>
      </Stack>
    </form>
  )
}
