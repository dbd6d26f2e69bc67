import { Page } from '../parts/Page'
import { t } from '../texts'
import { ChangeList } from './ChangeList'

export function Component() {
  return (
    <Page title={t.nav.changes} subtitle={t.change.subtitle}>
      <ChangeList />
    </Page>
  )
}
