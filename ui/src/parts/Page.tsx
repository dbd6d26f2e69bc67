import Box from '@mui/material/Box'
import Breadcrumbs from '@mui/material/Breadcrumbs'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { useEffect, type ReactNode } from 'react'
import { Link } from './Link'
import { t } from '../texts'

export interface Crumb {
  text: string
  to: string
}

/** The frame of a page: where it is, its title, what can be done. */
export function Page({
  title,
  crumbs,
  subtitle,
  actions,
  children,
}: {
  title: string
  crumbs?: Crumb[]
  subtitle?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · ${t.product}`
  }, [title])
  return (
    <Box sx={{ minWidth: 0 }}>
      {crumbs && (
        <Breadcrumbs aria-label={t.breadcrumbs} sx={{ mb: 0.5, fontSize: '0.85rem' }}>
          {crumbs.map((c) => (
            <Link key={c.to} to={c.to} color="textSecondary">
              {c.text}
            </Link>
          ))}
          <Typography component="span" sx={{ fontSize: 'inherit' }} color="textSecondary" aria-current="page">
            {title}
          </Typography>
        </Breadcrumbs>
      )}
      <Stack direction="row" useFlexGap spacing={1.5} sx={{ flexWrap: 'wrap', alignItems: 'center', mb: 2 }}>
        <Box sx={{ flex: '1 1 auto', minWidth: 0 }}>
          <Typography variant="h1">{title}</Typography>
          {subtitle && (
            <Typography component="div" variant="body2" color="textSecondary" sx={{ mt: 0.25 }}>
              {subtitle}
            </Typography>
          )}
        </Box>
        {actions && (
          <Stack direction="row" useFlexGap spacing={1} sx={{ flexWrap: 'wrap' }}>
            {actions}
          </Stack>
        )}
      </Stack>
      {children}
    </Box>
  )
}
