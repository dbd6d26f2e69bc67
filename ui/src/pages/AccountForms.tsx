import ContentCopy from '@mui/icons-material/ContentCopy'
import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import FormControlLabel from '@mui/material/FormControlLabel'
import MenuItem from '@mui/material/MenuItem'
import Stack from '@mui/material/Stack'
import Switch from '@mui/material/Switch'
import TextField from '@mui/material/TextField'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FocusEvent } from 'react'
import { api, keepSession, take } from '../api/client'
import { asProblem, type Problem } from '../api/problem'
import type { User } from '../api/types'
import { useSession, type Role } from '../app/session'
import { fieldProps, useForm } from '../lib/form'
import { ActButton } from '../parts/ActButton'
import { useNotice } from '../parts/Notice'
import { ProblemAlert } from '../parts/ProblemAlert'
import { t } from '../texts'

const roles: Role[] = ['viewer', 'technician', 'operator', 'admin']

function RoleField({ value, onChange, problem }: { value: Role; onChange: (r: Role) => void; problem: Problem | null }) {
  return (
    <TextField select label={t.users.role} value={value} onChange={(e) => onChange(e.target.value as Role)} {...fieldProps(problem, 'role', t.roleHint[value])}>
      {roles.map((r) => (
        <MenuItem key={r} value={r}>
          {t.roles[r]}
        </MenuItem>
      ))}
    </TextField>
  )
}

export function UserForm({ was, onClose }: { was: User | null; onClose: () => void }) {
  const { user: me } = useSession()
  const queries = useQueryClient()
  const { values: v, set } = useForm({ name: was?.name ?? '', role: (was?.role ?? 'operator') as Role, password: '', disabled: was?.disabled ?? false })
  const act = useMutation({
    mutationFn: () =>
      was
        ? take(api.PATCH('/api/v1/users/{id}', { params: { path: { id: was.id } }, body: { role: v.role, disabled: v.disabled, ...(v.password && { password: v.password }) } }))
        : take(api.POST('/api/v1/users', { body: { name: v.name.trim(), role: v.role, password: v.password } })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['users'] })
      onClose()
    },
  })
  const p = act.error ? asProblem(act.error) : null
  const why = !v.name.trim() ? t.form.needName : !was && !v.password ? t.users.needPassword : null
  return (
    <Dialog open onClose={act.isPending ? undefined : onClose} aria-labelledby="user-form" maxWidth="xs">
      <form
        onSubmit={(e) => {
          e.preventDefault()
          if (!why && !act.isPending) act.mutate()
        }}
      >
        <DialogTitle id="user-form">{was ? t.users.editLabel(was.name) : t.users.add}</DialogTitle>
        <DialogContent>
          <Stack spacing={2} sx={{ pt: 1 }}>
            <ProblemAlert error={act.error} />
            {!was && <TextField label={t.users.name} value={v.name} onChange={(e) => set('name', e.target.value)} autoFocus required autoComplete="off" {...fieldProps(p, 'name')} />}
            <RoleField value={v.role} onChange={(r) => set('role', r)} problem={p} />
            <TextField
              label={was ? t.users.newPassword : t.users.password}
              type="password"
              value={v.password}
              onChange={(e) => set('password', e.target.value)}
              required={!was}
              autoComplete="new-password"
              {...fieldProps(p, 'password', was ? t.users.passwordStays : undefined)}
            />
            {was && was.id !== me.id && <FormControlLabel control={<Switch checked={v.disabled} onChange={(e) => set('disabled', e.target.checked)} />} label={t.users.disable} />}
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={act.isPending}>
            {t.cancel}
          </Button>
          <ActButton type="submit" variant="contained" busy={act.isPending} why={why}>
            {t.save}
          </ActButton>
        </DialogActions>
      </form>
    </Dialog>
  )
}

const day = 86400

export function TokenForm({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient()
  const { values: v, set } = useForm({ name: '', role: 'operator' as Role, ttl: 365 * day })
  const [copied, setCopied] = useState(false)
  const act = useMutation({
    mutationFn: () => take(api.POST('/api/v1/tokens', { body: { name: v.name.trim(), role: v.role, ...(v.ttl && { ttl_s: v.ttl }) } })),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['tokens'] }),
  })
  const p = act.error ? asProblem(act.error) : null
  const why = v.name.trim() ? null : t.form.needName
  const made = act.data
  return (
    <Dialog open onClose={act.isPending ? undefined : onClose} aria-labelledby="token-form">
      <form
        onSubmit={(e) => {
          e.preventDefault()
          if (!why && !act.isPending && !made) act.mutate()
        }}
      >
        <DialogTitle id="token-form">{t.users.addToken}</DialogTitle>
        <DialogContent>
          <Stack spacing={2} sx={{ pt: 1 }}>
            <ProblemAlert error={act.error} />
            {made ? (
              <>
                <Alert severity="success">{t.users.tokenMade(made.name)}</Alert>
                <TextField label={t.users.token} value={made.token} slotProps={{ htmlInput: { readOnly: true, className: 'mac', onFocus: (e: FocusEvent<HTMLInputElement>) => e.target.select() } }} />
                <Button
                  startIcon={<ContentCopy />}
                  onClick={() => {
                    void navigator.clipboard?.writeText(made.token).then(() => setCopied(true))
                  }}
                >
                  {copied ? t.copied : t.copy}
                </Button>
              </>
            ) : (
              <>
                <TextField label={t.users.name} value={v.name} onChange={(e) => set('name', e.target.value)} autoFocus required {...fieldProps(p, 'name', t.users.tokenNameHint)} />
                <RoleField value={v.role} onChange={(r) => set('role', r)} problem={p} />
                <TextField select label={t.users.expires} value={v.ttl} onChange={(e) => set('ttl', Number(e.target.value))} {...fieldProps(p, 'ttl_s')}>
                  {[30 * day, 90 * day, 365 * day, 0].map((s) => (
                    <MenuItem key={s} value={s}>
                      {s ? t.users.inDays(s / day) : t.never}
                    </MenuItem>
                  ))}
                </TextField>
              </>
            )}
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={act.isPending}>
            {made ? t.close : t.cancel}
          </Button>
          {!made && (
            <ActButton type="submit" variant="contained" busy={act.isPending} why={why}>
              {t.users.addToken}
            </ActButton>
          )}
        </DialogActions>
      </form>
    </Dialog>
  )
}

/** One's own password. */
export function PasswordForm({ onClose }: { onClose: () => void }) {
  const say = useNotice()
  const { values: v, set } = useForm({ current: '', next: '' })
  const act = useMutation({
    mutationFn: () => take(api.POST('/api/v1/session/password', { body: { current_password: v.current, new_password: v.next } })),
    onSuccess: (s) => {
      keepSession(s.csrf_token)
      say(t.account.passwordChanged)
      onClose()
    },
  })
  const p = act.error ? asProblem(act.error) : null
  const why = !v.current || !v.next ? t.account.needBoth : null
  return (
    <Dialog open onClose={act.isPending ? undefined : onClose} aria-labelledby="password-form" maxWidth="xs">
      <form
        onSubmit={(e) => {
          e.preventDefault()
          if (!why && !act.isPending) act.mutate()
        }}
      >
        <DialogTitle id="password-form">{t.account.changePassword}</DialogTitle>
        <DialogContent>
          <Stack spacing={2} sx={{ pt: 1 }}>
            <ProblemAlert error={act.error} />
            <TextField label={t.account.current} type="password" value={v.current} onChange={(e) => set('current', e.target.value)} autoComplete="current-password" autoFocus required {...fieldProps(p, 'current_password')} />
            <TextField label={t.users.newPassword} type="password" value={v.next} onChange={(e) => set('next', e.target.value)} autoComplete="new-password" required {...fieldProps(p, 'new_password')} />
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={act.isPending}>
            {t.cancel}
          </Button>
          <ActButton type="submit" variant="contained" busy={act.isPending} why={why}>
            {t.save}
          </ActButton>
        </DialogActions>
      </form>
    </Dialog>
  )
}
