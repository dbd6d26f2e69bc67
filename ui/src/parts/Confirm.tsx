import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import Stack from '@mui/material/Stack'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { t } from '../texts'
import { ActButton } from './ActButton'
import { ProblemAlert } from './ProblemAlert'

/**
 * Asks before something that people would notice. The title names the thing;
 * the dialog stays open with the server's words when it fails.
 */
export function Confirm({
  title,
  children,
  action,
  danger,
  why,
  run,
  onClose,
}: {
  title: string
  children: ReactNode
  action: string
  danger?: boolean
  why?: string | null
  run: () => Promise<unknown>
  onClose: () => void
}) {
  const act = useMutation({ mutationFn: run, onSuccess: onClose })
  return (
    <Dialog open onClose={act.isPending ? undefined : onClose} aria-labelledby="confirm-title">
      <DialogTitle id="confirm-title">{title}</DialogTitle>
      <DialogContent>
        <Stack spacing={2}>
          <div>{children}</div>
          <ProblemAlert error={act.error} />
        </Stack>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose} disabled={act.isPending}>
          {t.cancel}
        </Button>
        <ActButton variant="contained" color={danger ? 'error' : 'primary'} busy={act.isPending} why={why} onClick={() => act.mutate()}>
          {action}
        </ActButton>
      </DialogActions>
    </Dialog>
  )
}
