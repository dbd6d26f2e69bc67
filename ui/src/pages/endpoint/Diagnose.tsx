// A look at one endpoint now: each quantity with its verdict and the rule
// behind it.
import Check from '@mui/icons-material/CheckCircle'
import ErrorIcon from '@mui/icons-material/Error'
import Help from '@mui/icons-material/HelpOutlined'
import Warning from '@mui/icons-material/WarningAmber'
import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { api, take } from '../../api/client'
import type { DiagnosticCheck } from '../../api/types'
import { ActButton } from '../../parts/ActButton'
import { Loaded } from '../../parts/Loaded'
import { t } from '../../texts'

type Verdict = DiagnosticCheck['verdict']

const icon: Record<Verdict, ReactNode> = {
  good: <Check fontSize="small" color="success" />,
  suspect: <Warning fontSize="small" color="warning" />,
  bad: <ErrorIcon fontSize="small" color="error" />,
  unknown: <Help fontSize="small" color="disabled" />,
}

const worstFirst: Verdict[] = ['bad', 'suspect', 'unknown', 'good']

const tone = (checks: DiagnosticCheck[]) =>
  checks.some((c) => c.verdict === 'bad') ? 'error' : checks.some((c) => c.verdict === 'suspect') ? 'warning' : checks.some((c) => c.verdict === 'unknown') ? 'info' : 'success'

export function Diagnose({ mac, onClose }: { mac: string; onClose: () => void }) {
  const query = useQuery({
    queryKey: ['diagnosis', mac],
    queryFn: ({ signal }) => take(api.POST('/api/v1/endpoints/{mac}/diagnose', { params: { path: { mac } }, signal })),
    retry: false,
    gcTime: 0,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  })
  return (
    <Dialog open onClose={onClose} maxWidth="md" fullWidth aria-labelledby="diagnosis-title">
      <DialogTitle id="diagnosis-title">{t.diagnosis.title(mac)}</DialogTitle>
      <DialogContent tabIndex={0}>
        <Loaded query={query} rows={5}>
          {(d) => (
            <Stack spacing={2}>
              <Alert severity={tone(d.checks)}>{d.summary}</Alert>
              <Box component="ul" sx={{ m: 0, p: 0, listStyle: 'none', border: 1, borderColor: 'divider', borderRadius: 1 }}>
                {[...d.checks]
                  .sort((a, b) => worstFirst.indexOf(a.verdict) - worstFirst.indexOf(b.verdict))
                  .map((c) => (
                    <CheckLine key={`${c.code} ${c.name}`} check={c} />
                  ))}
              </Box>
            </Stack>
          )}
        </Loaded>
      </DialogContent>
      <DialogActions>
        <ActButton busy={query.isFetching} onClick={() => void query.refetch()}>
          {t.diagnosis.again}
        </ActButton>
        <Button onClick={onClose}>{t.close}</Button>
      </DialogActions>
    </Dialog>
  )
}

function CheckLine({ check: c }: { check: DiagnosticCheck }) {
  return (
    <Box component="li" sx={{ '&:not(:first-of-type)': { borderTop: 1, borderColor: 'divider' }, px: 1.5, py: 1 }}>
      <Stack direction="row" spacing={1} sx={{ alignItems: 'flex-start' }}>
        <Box role="img" aria-label={t.diagnosis.verdict[c.verdict]} sx={{ display: 'flex', pt: 0.25 }}>
          {icon[c.verdict]}
        </Box>
        <Box sx={{ minWidth: 0 }}>
          <Typography component="div">
            <strong>{t.diagnosis.verdict[c.verdict]}</strong> · {c.name}: {c.value}
          </Typography>
          {c.advice && <Typography variant="body2">{c.advice}</Typography>}
          <Typography variant="body2" color="textSecondary">
            {t.diagnosis.rule(c.rule)}
          </Typography>
        </Box>
      </Stack>
    </Box>
  )
}
