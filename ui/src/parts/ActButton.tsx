import Button, { type ButtonProps } from '@mui/material/Button'
import CircularProgress from '@mui/material/CircularProgress'
import Tooltip from '@mui/material/Tooltip'

/**
 * A button that says why when it cannot be used: it stays reachable by
 * keyboard, and the reason is its tooltip and its description.
 */
export function ActButton({ why, hint, busy, onClick, startIcon, sx, ...rest }: ButtonProps & { why?: string | null; hint?: string; busy?: boolean }) {
  const off = Boolean(why) || busy
  return (
    <Tooltip title={why || hint || ''} describeChild>
      <Button
        {...rest}
        startIcon={busy ? <CircularProgress size={16} color="inherit" /> : startIcon}
        aria-disabled={off || undefined}
        aria-busy={busy || undefined}
        onClick={off ? (e) => e.preventDefault() : onClick}
        sx={[off && { opacity: 0.5, cursor: 'not-allowed' }, ...(Array.isArray(sx) ? sx : [sx])]}
      />
    </Tooltip>
  )
}
