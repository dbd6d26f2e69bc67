import Box from '@mui/material/Box'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'

/** Nothing here, and what to do next. */
export function Empty({ title, hint, children }: { title: string; hint?: string; children?: ReactNode }) {
  return (
    <Box sx={{ py: 5, px: 2, textAlign: 'center', border: 1, borderStyle: 'dashed', borderColor: 'divider', borderRadius: 1 }}>
      <Typography variant="h3" component="p">
        {title}
      </Typography>
      {hint && (
        <Typography color="textSecondary" sx={{ mt: 0.5, maxWidth: 560, mx: 'auto' }}>
          {hint}
        </Typography>
      )}
      {children && (
        <Stack direction="row" spacing={1} sx={{ mt: 2, justifyContent: 'center' }}>
          {children}
        </Stack>
      )}
    </Box>
  )
}
