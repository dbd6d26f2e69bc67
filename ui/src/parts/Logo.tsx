import Box from '@mui/material/Box'
import { t } from '../texts'

export function Logo({ size = 28 }: { size?: number }) {
  return <Box component="img" src="/icon.svg" alt={t.product} sx={{ width: size, height: size, display: 'block' }} />
}
