import Alert from '@mui/material/Alert'
import AlertTitle from '@mui/material/AlertTitle'
import Button from '@mui/material/Button'
import Box from '@mui/material/Box'
import { asProblem } from '../api/problem'
import { t } from '../texts'

/** An error in the server's own words, with its refused fields and a retry. */
export function ProblemAlert({ error, retry, fields = true }: { error: unknown; retry?: () => void; fields?: boolean }) {
  if (!error) return null
  const p = asProblem(error)
  return (
    <Alert
      severity="error"
      action={
        retry && (
          <Button color="inherit" size="small" onClick={retry}>
            {t.retry}
          </Button>
        )
      }
    >
      {p.status === 0 && p.title && <AlertTitle>{p.title}</AlertTitle>}
      {p.fields.length > 0 ? t.problem.fieldsRefused : p.message}
      {fields && p.fields.length > 0 && (
        <Box component="ul" sx={{ m: 0, mt: 0.5, pl: 2.5 }}>
          {p.fields.map((f, i) => (
            <li key={i}>
              {f.field && `${t.fields[f.field] ?? f.field}: `}
              {f.message}
            </li>
          ))}
        </Box>
      )}
    </Alert>
  )
}
