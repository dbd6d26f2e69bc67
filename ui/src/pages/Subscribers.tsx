import { Page } from '../parts/Page'
import { t } from '../texts'
import { NewSubscriber } from './NewSubscriber'
import { SubscriberList } from './SubscriberList'

export function Component() {
  return (
    <Page title={t.nav.subscribers} actions={<NewSubscriber />}>
      <SubscriberList />
    </Page>
  )
}
