import Box from '@mui/material/Box'

/** The mark; its name always stands beside it. */
export function Logo({ size = 28 }: { size?: number }) {
  return <Box component="img" src="/icon.svg" alt="" sx={{ width: size, height: size, display: 'block' }} />
}
