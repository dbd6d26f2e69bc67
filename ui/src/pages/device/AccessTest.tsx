import Alert from '@mui/material/Alert'
import AlertTitle from '@mui/material/AlertTitle'
import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import LinearProgress from '@mui/material/LinearProgress'
import Stack from '@mui/material/Stack'
import { useQuery } from '@tanstack/react-query'
import { api, take } from '../../api/client'
import type { Device } from '../../api/types'
import { ProblemAlert } from '../../parts/ProblemAlert'
import { t } from '../../texts'

/** Tries each protocol: works, or why not. */
export function AccessTest({ device, onClose }: { device: Device; onClose: () => void }) {
  const test = useQuery({
    queryKey: ['access-test', device.id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/devices/{id}/test-access', { params: { path: { id: device.id } }, signal })),
    gcTime: 0,
    staleTime: Infinity,
    refetchInterval: false,
    retry: false,
  })
  return (
    <Dialog open onClose={onClose} aria-labelledby="test-title">
      <DialogTitle id="test-title">{t.device.testTitle(device.name)}</DialogTitle>
      <DialogContent>
        <Stack spacing={1.5} aria-live="polite">
          {test.isFetching && <LinearProgress aria-label={t.device.testing} />}
          {!test.isFetching && <ProblemAlert error={test.error} />}
          {test.data?.items.map((p) => (
            <Alert key={p.protocol} severity={p.ok ? 'success' : 'error'}>
              <AlertTitle>
                {t.via[p.protocol]}: {p.ok ? t.device.works : (t.failure[p.kind as keyof typeof t.failure] ?? p.kind)} ({p.took_ms} ms)
              </AlertTitle>
              {p.detail}
            </Alert>
          ))}
        </Stack>
      </DialogContent>
      <DialogActions>
        <Button onClick={() => void test.refetch()} disabled={test.isFetching}>
          {t.device.testAgain}
        </Button>
        <Button onClick={onClose}>{t.close}</Button>
      </DialogActions>
    </Dialog>
  )
}
