// The subscribers' page as a file: export what is seen, import what was edited.
import Download from '@mui/icons-material/Download'
import UploadFile from '@mui/icons-material/UploadFile'
import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Checkbox from '@mui/material/Checkbox'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import FormControlLabel from '@mui/material/FormControlLabel'
import LinearProgress from '@mui/material/LinearProgress'
import Stack from '@mui/material/Stack'
import Table from '@mui/material/Table'
import TableBody from '@mui/material/TableBody'
import TableCell from '@mui/material/TableCell'
import TableHead from '@mui/material/TableHead'
import TableRow from '@mui/material/TableRow'
import Typography from '@mui/material/Typography'
import useMediaQuery from '@mui/material/useMediaQuery'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { api, take } from '../api/client'
import { Problem } from '../api/problem'
import { useSubscribers } from '../api/queries'
import { useSession } from '../app/session'
import { useListState } from '../lib/listparams'
import { changesOf, exportHref, importWhy, maxFileBytes, type ImportResult } from '../lib/subscriberfile'
import { ActButton } from '../parts/ActButton'
import { ProblemAlert } from '../parts/ProblemAlert'
import { t } from '../texts'
import { filters } from './SubscriberList'

export function ExportButton() {
  const list = useListState(filters)
  const seen = useSubscribers(list)
  const empty = seen.data?.total === 0
  return (
    <ActButton
      variant="outlined"
      startIcon={<Download />}
      why={empty ? t.file.nothingToExport : null}
      hint={t.file.exportHint}
      onClick={() => {
        const link = document.createElement('a')
        link.href = exportHref(list)
        link.download = ''
        link.click()
      }}
    >
      {t.file.export}
    </ActButton>
  )
}

export function ImportButton() {
  const { needs } = useSession()
  const [open, setOpen] = useState(false)
  return (
    <>
      <ActButton variant="outlined" startIcon={<UploadFile />} why={needs('operator')} onClick={() => setOpen(true)}>
        {t.file.import}
      </ActButton>
      {open && <ImportDialog onClose={() => setOpen(false)} />}
    </>
  )
}

interface Sent {
  text: Blob
  dryRun: boolean
  skip: boolean
}

const send = ({ text, dryRun, skip }: Sent) =>
  take<ImportResult>(
    api.POST('/api/v1/subscribers:import', {
      params: { query: { dry_run: dryRun, skip_errors: skip } },
      headers: { 'Content-Type': 'text/csv' },
      body: text as never, // not JSON: sent as it is
      bodySerializer: (b: unknown) => b as Blob,
    }),
  )

function ImportDialog({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient()
  const phone = useMediaQuery((th) => th.breakpoints.down('sm'))
  const input = useRef<HTMLInputElement>(null)
  const [name, setName] = useState('')
  const [text, setText] = useState<Blob | null>(null)
  const [skip, setSkip] = useState(false)
  const check = useMutation({
    mutationFn: async (file: File) => {
      if (file.size > maxFileBytes) throw new Problem(413, 'too_large', '', t.file.tooLarge)
      // Kept as it was checked, whatever happens to the file meanwhile.
      const kept = new Blob([await file.arrayBuffer()])
      const result = await send({ text: kept, dryRun: true, skip: false })
      setText(kept)
      return result
    },
  })
  const act = useMutation({
    mutationFn: (kept: Blob) => send({ text: kept, dryRun: false, skip }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['subscribers'] }),
  })
  const busy = check.isPending || act.isPending
  const done = act.data?.applied
  const result = act.data ?? check.data
  const why = importWhy(check.isPending ? undefined : check.data, skip)
  const choose = (file: File | undefined) => {
    if (!file) return
    setName(file.name)
    setText(null)
    setSkip(false)
    act.reset()
    check.mutate(file)
  }
  return (
    <Dialog open fullWidth fullScreen={phone} maxWidth="md" onClose={busy ? undefined : onClose} aria-labelledby="import-title">
      <DialogTitle id="import-title">{t.file.importTitle}</DialogTitle>
      <DialogContent>
        <Stack spacing={2}>
          {!done && (
            <>
              <Typography color="textSecondary">{t.file.importHint}</Typography>
              <Stack direction="row" useFlexGap spacing={1.5} sx={{ alignItems: 'center', flexWrap: 'wrap' }}>
                <ActButton variant={text ? 'outlined' : 'contained'} busy={check.isPending} onClick={() => input.current?.click()}>
                  {name ? t.file.chooseOther : t.file.choose}
                </ActButton>
                <Typography sx={{ minWidth: 0, overflowWrap: 'anywhere' }}>{name}</Typography>
              </Stack>
            </>
          )}
          <input
            ref={input}
            type="file"
            hidden
            accept=".csv,text/csv"
            aria-label={t.file.choose}
            onChange={(e) => {
              choose(e.target.files?.[0])
              e.target.value = '' // the same file again, corrected, is a choice too
            }}
          />
          {busy && (
            <Box role="status">
              <Typography variant="body2" gutterBottom>
                {check.isPending ? t.file.checking : t.file.importing}
              </Typography>
              <LinearProgress aria-label={check.isPending ? t.file.checking : t.file.importing} />
            </Box>
          )}
          <ProblemAlert error={act.error ?? check.error} />
          {result && !busy && <Outcome result={result} />}
          {!busy && !done && check.data && check.data.failed > 0 && check.data.failed < check.data.total && (
            <FormControlLabel control={<Checkbox checked={skip} onChange={(e) => setSkip(e.target.checked)} />} label={t.file.skip(check.data.failed)} />
          )}
        </Stack>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose} disabled={busy} variant={done ? 'contained' : 'text'}>
          {done ? t.file.close : t.cancel}
        </Button>
        {!done && (
          <ActButton variant="contained" busy={act.isPending} why={why} onClick={() => text && act.mutate(text)}>
            {check.data && !why ? t.file.apply(changesOf(check.data)) : t.file.import}
          </ActButton>
        )}
      </DialogActions>
    </Dialog>
  )
}

/** How many faults are shown; a person corrects a few and tries again. */
const shownFaults = 200

function Outcome({ result: r }: { result: ImportResult }) {
  const shown = r.errors.slice(0, shownFaults)
  const severity = r.failed > 0 ? (r.applied ? 'warning' : 'error') : r.applied ? 'success' : 'info'
  return (
    <Stack spacing={1.5}>
      <Alert severity={severity}>
        {r.applied ? t.file.applied : r.dry_run ? t.file.checked : t.file.refused} {t.file.counts(r)}
      </Alert>
      {r.ended > 0 && !r.applied && <Alert severity="warning">{t.file.ends(r.ended)}</Alert>}
      {shown.length > 0 && (
        <Box sx={{ overflowX: 'auto', maxHeight: 360 }} tabIndex={0} role="region" aria-label={t.file.errors}>
          <Table size="small" stickyHeader aria-label={t.file.errors}>
            <TableHead>
              <TableRow>
                <TableCell align="right">{t.file.line}</TableCell>
                <TableCell>{t.file.column}</TableCell>
                <TableCell>{t.file.fault}</TableCell>
              </TableRow>
            </TableHead>
            <TableBody>
              {shown.map((f, i) => (
                <TableRow key={i}>
                  <TableCell align="right">{f.line}</TableCell>
                  <TableCell>{f.field}</TableCell>
                  <TableCell sx={{ overflowWrap: 'anywhere' }}>{f.message}</TableCell>
                </TableRow>
              ))}
            </TableBody>
          </Table>
        </Box>
      )}
      {r.error_count > shown.length && <Typography variant="body2">{t.file.more(r.error_count - shown.length)}</Typography>}
    </Stack>
  )
}
