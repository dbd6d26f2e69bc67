import Alert from '@mui/material/Alert'
import AlertTitle from '@mui/material/AlertTitle'
import Box from '@mui/material/Box'
import Checkbox from '@mui/material/Checkbox'
import Stack from '@mui/material/Stack'
import Table from '@mui/material/Table'
import TableBody from '@mui/material/TableBody'
import TableCell from '@mui/material/TableCell'
import TableContainer from '@mui/material/TableContainer'
import TableHead from '@mui/material/TableHead'
import TableRow from '@mui/material/TableRow'
import Tooltip from '@mui/material/Tooltip'
import Typography from '@mui/material/Typography'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, take } from '../../api/client'
import { useUnmanaged } from '../../api/queries'
import type { Device, Unmanaged } from '../../api/types'
import { useSession } from '../../app/session'
import { ActButton } from '../../parts/ActButton'
import { Confirm } from '../../parts/Confirm'
import { Empty } from '../../parts/Empty'
import { Loaded } from '../../parts/Loaded'
import { useNotice } from '../../parts/Notice'
import { t } from '../../texts'

/** What stands on the device and is not ours; adopting makes it ours as it is. */
export function DeviceUnmanaged({ device }: { device: Device }) {
  const query = useUnmanaged(device.id)
  return (
    <Loaded query={query}>
      {(page) =>
        page.items.length === 0 ? (
          <Empty title={t.unmanaged.emptyTitle} hint={device.last_seen_at ? t.unmanaged.emptyHint : t.unmanaged.notRead} />
        ) : (
          <Entries device={device} entries={page.items} />
        )
      }
    </Loaded>
  )
}

function Entries({ device, entries }: { device: Device; entries: Unmanaged[] }) {
  const { needs } = useSession()
  const say = useNotice()
  const queries = useQueryClient()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [asking, setAsking] = useState(false)
  const [refused, setRefused] = useState<{ name: string; error: string }[]>([])
  const adoptable = entries.filter((u) => u.adoptable)
  // Entries may be gone since they were ticked.
  const keys = adoptable.filter((u) => chosen.has(u.key)).map((u) => u.key)
  const toggle = (key: string) =>
    setChosen((old) => {
      const next = new Set(old)
      if (!next.delete(key)) next.add(key)
      return next
    })
  return (
    <Stack spacing={2}>
      <Alert severity="info">{t.unmanaged.about}</Alert>
      {refused.length > 0 && (
        <Alert severity="warning" onClose={() => setRefused([])}>
          <AlertTitle>{t.unmanaged.refused}</AlertTitle>
          <Box component="ul" sx={{ m: 0, pl: 2.5 }}>
            {refused.map((x) => (
              <li key={x.name}>
                <strong>{x.name}</strong>: {x.error}
              </li>
            ))}
          </Box>
        </Alert>
      )}
      <Stack direction="row" useFlexGap spacing={1} sx={{ alignItems: 'center', flexWrap: 'wrap' }}>
        <ActButton
          variant="contained"
          why={needs('operator') ?? (keys.length === 0 ? t.unmanaged.chooseFirst : null)}
          onClick={() => setAsking(true)}
        >
          {t.unmanaged.adopt(keys.length)}
        </ActButton>
        <Typography variant="body2" color="textSecondary">
          {t.unmanaged.count(entries.length, adoptable.length)}
        </Typography>
      </Stack>
      <TableContainer sx={{ border: 1, borderColor: 'divider', borderRadius: 1, bgcolor: 'background.paper', maxHeight: '70vh' }}>
        <Table size="small" stickyHeader aria-label={t.device.tab.unmanaged}>
          <TableHead>
            <TableRow>
              <TableCell padding="checkbox">
                <Checkbox
                  checked={keys.length > 0 && keys.length === adoptable.length}
                  indeterminate={keys.length > 0 && keys.length < adoptable.length}
                  disabled={adoptable.length === 0}
                  onChange={(e) => setChosen(e.target.checked ? new Set(adoptable.map((u) => u.key)) : new Set())}
                  slotProps={{ input: { 'aria-label': t.unmanaged.chooseAll } }}
                />
              </TableCell>
              <TableCell>{t.unmanaged.kind}</TableCell>
              <TableCell>{t.unmanaged.name}</TableCell>
              <TableCell>{t.endpoint.mac}</TableCell>
              <TableCell align="right">{t.endpoint.port}</TableCell>
              <TableCell align="right">{t.subscriber.vlan}</TableCell>
              <TableCell>{t.endpoint.profile}</TableCell>
            </TableRow>
          </TableHead>
          <TableBody>
            {entries.map((u) => (
              <TableRow key={u.kind + u.key} hover selected={chosen.has(u.key) && u.adoptable}>
                <TableCell padding="checkbox">
                  <Tooltip title={u.adoptable ? '' : t.unmanaged.comesAlong}>
                    <span>
                      <Checkbox
                        checked={u.adoptable && chosen.has(u.key)}
                        disabled={!u.adoptable}
                        onChange={() => toggle(u.key)}
                        slotProps={{ input: { 'aria-label': t.unmanaged.choose(u.name) } }}
                      />
                    </span>
                  </Tooltip>
                </TableCell>
                <TableCell>{t.step.kind[u.kind]}</TableCell>
                <TableCell sx={{ minWidth: 140 }}>
                  {u.name}
                  {u.description && (
                    <Typography variant="body2" color="textSecondary">
                      {u.description}
                    </Typography>
                  )}
                </TableCell>
                <TableCell>{u.endpoint_mac && <span className="mac">{u.endpoint_mac}</span>}</TableCell>
                <TableCell align="right">{u.port}</TableCell>
                <TableCell align="right">{u.vlan_id}</TableCell>
                <TableCell>{u.profile_name}</TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </TableContainer>
      {asking && (
        <Confirm
          title={t.unmanaged.adoptTitle(keys.length, device.name)}
          action={t.unmanaged.adopt(keys.length)}
          run={async () => {
            const done = await take(api.POST('/api/v1/devices/{id}/adopt', { params: { path: { id: device.id } }, body: { names: keys } }))
            setChosen(new Set())
            setRefused(done.items.filter((x) => x.error))
            say(t.unmanaged.adopted(done.items.filter((x) => !x.error).length))
            await queries.invalidateQueries({ predicate: (q) => ['unmanaged', 'subscribers', 'device', 'devices', 'summary', 'plans', 'endpoints'].includes(String(q.queryKey[0])) })
          }}
          onClose={() => setAsking(false)}
        >
          <p>{t.unmanaged.adoptText}</p>
          <Box component="ul" sx={{ maxHeight: 220, overflow: 'auto', pl: 2.5 }}>
            {keys.map((k) => (
              <li key={k}>{k}</li>
            ))}
          </Box>
        </Confirm>
      )}
    </Stack>
  )
}
