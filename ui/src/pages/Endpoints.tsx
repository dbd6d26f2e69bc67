import { Page } from '../parts/Page'
import { t } from '../texts'
import { EndpointList } from './EndpointList'

export function Component() {
  return (
    <Page title={t.nav.endpoints} subtitle={t.endpoint.subtitle}>
      <EndpointList />
    </Page>
  )
}
