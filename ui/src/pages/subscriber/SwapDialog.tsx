import Autocomplete from '@mui/material/Autocomplete'
import Stack from '@mui/material/Stack'
import TextField from '@mui/material/TextField'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, take } from '../../api/client'
import type { Subscriber } from '../../api/types'
import { useDebounced } from '../../lib/hooks'
import { Confirm } from '../../parts/Confirm'
import { newestChange } from '../../parts/Progress'
import { t } from '../../texts'

/** Exchanges the endpoints of two subscribers. */
export function SwapDialog({ subscriber: s, onClose, onDone }: { subscriber: Subscriber; onClose: () => void; onDone: (s: Subscriber, after: number) => void }) {
  const [other, setOther] = useState<Subscriber | null>(null)
  const [typed, setTyped] = useState('')
  const q = useDebounced(typed.trim(), 250)
  const found = useQuery({
    queryKey: ['subscribers', 'pick', s.device_id, q],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/subscribers', { params: { query: { limit: 50, sort: 'name', ...(s.device_id && { device_id: String(s.device_id) }), ...(q && { q }) } }, signal })),
    placeholderData: keepPreviousData,
  })
  return (
    <Confirm
      title={t.subscriber.swapTitle(s.name)}
      action={t.subscriber.swap.replace('…', '')}
      why={other ? null : t.subscriber.swapNeeded}
      run={async () => {
        const after = await newestChange(s.device_id)
        const both = await take(api.POST('/api/v1/subscribers/{id}/swap', { params: { path: { id: s.id }, header: { 'If-Match': `"${s.version}"` } }, body: { with: other?.id ?? 0 } }))
        const mine = both.items.find((x) => x.id === s.id)
        if (mine) onDone(mine, after)
      }}
      onClose={onClose}
    >
      <Stack spacing={2}>
        <span>{t.subscriber.swapText}</span>
        <Autocomplete<Subscriber>
          options={(found.data?.items ?? []).filter((x) => x.id !== s.id && x.endpoint_mac && x.status !== 'ended')}
          filterOptions={(x) => x}
          value={other}
          onChange={(_, x) => setOther(x)}
          onInputChange={(_, text, why) => why === 'input' && setTyped(text)}
          getOptionLabel={(x) => [x.name, x.description, x.endpoint_mac].filter(Boolean).join(' · ')}
          getOptionKey={(x) => x.id}
          isOptionEqualToValue={(a, b) => a.id === b.id}
          renderInput={(params) => <TextField {...params} label={t.subscriber.swapWith} autoFocus />}
        />
      </Stack>
    </Confirm>
  )
}
