import { useNavigate } from 'react-router'
import { useDeviceChoices, usePlanChoices, useSubscribers } from '../api/queries'
import type { Device } from '../api/types'
import { SubscriberCard, subscriberColumns } from '../lib/columns'
import { useListState } from '../lib/listparams'
import { subscriberPath } from '../lib/paths'
import { DataList } from '../parts/DataList'
import { Empty } from '../parts/Empty'
import { choicesOf, FilterSelect, FilterTag } from '../parts/Filters'
import { t } from '../texts'
import { NewSubscriber } from './NewSubscriber'

export const filters = ['status', 'sync_state', 'plan_id', 'device_id', 'site_id', 'vlan_id', 'port'] as const

export function SubscriberList({ device }: { device?: Device }) {
  const list = useListState(filters)
  const query = useSubscribers({ ...list, filters: { ...list.filters, ...(device && { device_id: String(device.id) }) } })
  const plans = usePlanChoices()
  const devices = useDeviceChoices(!device)
  const navigate = useNavigate()
  return (
    <DataList
      label={t.nav.subscribers}
      list={list}
      query={query}
      columns={device ? subscriberColumns.filter((c) => c.field !== 'device_id') : subscriberColumns}
      rowID={(s) => s.id}
      onOpen={(s) => void navigate(subscriberPath(s.id))}
      searchable
      toolbar={
        <>
          <FilterSelect list={list} name="status" label={t.subscriber.status} choices={choicesOf(t.subscriberStatus)} />
          <FilterSelect list={list} name="sync_state" label={t.subscriber.sync} choices={choicesOf(t.sync, ['in_sync', 'pending', 'drifted', 'failed', 'stuck'])} />
          <FilterSelect list={list} name="plan_id" label={t.subscriber.plan} choices={(plans.data?.items ?? []).map((p) => ({ value: String(p.id), text: p.name }))} />
          {!device && <FilterSelect list={list} name="device_id" label={t.subscriber.device} choices={(devices.data?.items ?? []).map((d) => ({ value: String(d.id), text: d.name }))} />}
          <FilterTag list={list} name="vlan_id" text={`VLAN ${list.filters.vlan_id}`} />
        </>
      }
      card={(s) => <SubscriberCard s={s} showDevice={!device} />}
      empty={
        <Empty title={t.subscriber.emptyTitle} hint={device ? t.subscriber.emptyOnDevice : t.subscriber.emptyHint}>
          <NewSubscriber device={device} />
        </Empty>
      }
    />
  )
}
