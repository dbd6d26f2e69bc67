import Button from '@mui/material/Button'
import { Link as RouterLink } from 'react-router'
import { Empty } from '../parts/Empty'
import { Page } from '../parts/Page'
import { t } from '../texts'

export function NotFound() {
  return (
    <Page title={t.notFound.title}>
      <Empty title={t.notFound.text} hint={t.notFound.hint}>
        <Button component={RouterLink} to="/devices" variant="contained">
          {t.nav.devices}
        </Button>
      </Empty>
    </Page>
  )
}
