import MuiLink, { type LinkProps } from '@mui/material/Link'
import { Link as RouterLink } from 'react-router'

/** A link within the application. */
export function Link({ to, ...rest }: Omit<LinkProps, 'href'> & { to: string }) {
  return <MuiLink component={RouterLink} to={to} underline="hover" {...rest} />
}
