import { Page } from '../parts/Page'
import { t } from '../texts'
import { NewSubscriber } from './NewSubscriber'
import { ExportButton, ImportButton } from './SubscriberFiles'
import { SubscriberList } from './SubscriberList'

export function Component() {
  return (
    <Page
      title={t.nav.subscribers}
      actions={
        <>
          <ExportButton />
          <ImportButton />
          <NewSubscriber />
        </>
      }
    >
      <SubscriberList />
    </Page>
  )
}
