import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import Stack from '@mui/material/Stack'
import { useState } from 'react'
import { useChanges, useDeviceChoices } from '../api/queries'
import type { Change } from '../api/types'
import { ChangeCard, changeColumns } from '../lib/columns'
import { useListState } from '../lib/listparams'
import { devicePath } from '../lib/paths'
import { DataList } from '../parts/DataList'
import { Empty } from '../parts/Empty'
import { Facts } from '../parts/Facts'
import { choicesOf, FilterSelect, FilterTag } from '../parts/Filters'
import { Link } from '../parts/Link'
import { ChangeResult } from '../parts/Marks'
import { StepDiff } from '../parts/Steps'
import { When } from '../parts/When'
import { t } from '../texts'

const filters = ['result', 'device_id', 'subscriber_id', 'pass_id', 'actor'] as const

/** The journal: of everything, one device or one subscriber. */
export function ChangeList({ deviceID, subscriberID }: { deviceID?: number; subscriberID?: number }) {
  const list = useListState(filters)
  const fixed = { ...(deviceID && { device_id: String(deviceID) }), ...(subscriberID && { subscriber_id: String(subscriberID) }) }
  const query = useChanges({ ...list, filters: { ...list.filters, ...fixed } })
  const devices = useDeviceChoices(!deviceID && !subscriberID)
  const [open, setOpen] = useState<Change | null>(null)
  return (
    <>
      <DataList
        label={t.nav.changes}
        list={list}
        query={query}
        columns={changeColumns.filter((c) => !(c.field in fixed))}
        rowID={(c) => c.id}
        onOpen={setOpen}
        searchable={!subscriberID}
        toolbar={
          <>
            <FilterSelect list={list} name="result" label={t.change.result} choices={choicesOf(t.changeResult)} />
            {!deviceID && !subscriberID && (
              <FilterSelect list={list} name="device_id" label={t.change.device} choices={(devices.data?.items ?? []).map((d) => ({ value: String(d.id), text: d.name }))} />
            )}
            <FilterTag list={list} name="actor" text={list.filters.actor ?? ''} />
            <FilterTag list={list} name="pass_id" text={t.change.onePass} />
            {!subscriberID && <FilterTag list={list} name="subscriber_id" text={`${t.change.subscriber} #${list.filters.subscriber_id}`} />}
          </>
        }
        card={(c) => <ChangeCard c={c} />}
        empty={<Empty title={t.change.emptyTitle} hint={t.change.emptyHint} />}
      />
      {open && (
        <Dialog open onClose={() => setOpen(null)} maxWidth="md" aria-labelledby="change-title">
          <DialogTitle id="change-title">
            {t.step.action[open.action]} {t.step.kind[open.kind]} {open.name}
          </DialogTitle>
          <DialogContent>
            <Stack spacing={2}>
              <Facts
                rows={[
                  [t.change.result, <ChangeResult key="r" value={open.result} />],
                  [t.change.error, open.error],
                  [t.change.at, <When key="w" at={open.at} />],
                  [t.change.took, t.ms(open.duration_ms)],
                  [t.change.actor, open.actor],
                  [t.change.reason, open.reason],
                  [t.change.device, <Link key="d" to={devicePath(open.device_id)}>{open.device_name}</Link>],
                  [t.change.pass, <Link key="p" to={`/changes?pass_id=${open.pass_id}`} onClick={() => setOpen(null)}>{t.change.samePass}</Link>],
                ]}
              />
              <StepDiff step={open} />
            </Stack>
          </DialogContent>
          <DialogActions>
            <Button onClick={() => setOpen(null)}>{t.close}</Button>
          </DialogActions>
        </Dialog>
      )}
    </>
  )
}
