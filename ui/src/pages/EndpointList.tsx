import { useNavigate } from 'react-router'
import { useDeviceChoices, useEndpoints, useSummary } from '../api/queries'
import type { Device } from '../api/types'
import { EndpointCard, endpointColumns } from '../lib/columns'
import { useListState } from '../lib/listparams'
import { DataList } from '../parts/DataList'
import { Empty } from '../parts/Empty'
import { choicesOf, FilterChips, FilterSelect, FilterTag } from '../parts/Filters'
import { t } from '../texts'

const filters = ['state', 'device_id', 'site_id', 'port', 'model', 'firmware', 'firmware_mismatch', 'mac_address', 'subscriber_id'] as const

/** Endpoints of one device or of all, those that nobody configured yet first. */
export function EndpointList({ device }: { device?: Device }) {
  const list = useListState(filters)
  const query = useEndpoints({
    ...list,
    // Unless the viewer chose an order, what needs somebody comes first.
    sort: list.sort || 'configured',
    filters: { ...list.filters, ...(device && { device_id: String(device.id) }) },
  })
  const summary = useSummary()
  const devices = useDeviceChoices(!device)
  const navigate = useNavigate()
  return (
    <DataList
      label={t.nav.endpoints}
      list={list}
      query={query}
      columns={device ? endpointColumns.filter((c) => c.field !== 'device_id') : endpointColumns}
      rowID={(e) => `${e.device_id}/${e.mac_address}`}
      onOpen={(e) => void navigate(`/endpoints/${encodeURIComponent(e.mac_address)}`)}
      searchable
      toolbar={
        <>
          <FilterChips
            list={list}
            name="state"
            label={t.endpoint.state}
            choices={choicesOf(t.endpointState, ['quarantined_unknown_mac', 'quarantined_wrong_port', 'not_detected', 'ok'])}
            counts={device ? undefined : summary.data?.endpoints_by_state}
          />
          {!device && (
            <FilterSelect list={list} name="device_id" label={t.endpoint.device} choices={(devices.data?.items ?? []).map((d) => ({ value: String(d.id), text: d.name }))} />
          )}
          <FilterTag list={list} name="port" text={t.endpoint.onPort(list.filters.port ?? '')} />
          <FilterTag list={list} name="mac_address" text={list.filters.mac_address ?? ''} />
          <FilterTag list={list} name="firmware_mismatch" text={t.endpoint.fwMismatch} />
        </>
      }
      card={(e) => <EndpointCard e={e} showDevice={!device} />}
      empty={<Empty title={t.endpoint.emptyTitle} hint={t.endpoint.emptyHint} />}
    />
  )
}
