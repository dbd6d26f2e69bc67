// Chooses an endpoint among those that are plugged in, free ones first; a MAC
// may also be typed before the endpoint is there.
import Autocomplete from '@mui/material/Autocomplete'
import Box from '@mui/material/Box'
import TextField from '@mui/material/TextField'
import Typography from '@mui/material/Typography'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, take } from '../../api/client'
import type { Endpoint } from '../../api/types'
import { useDebounced } from '../../lib/hooks'
import { EndpointState } from '../../parts/Marks'
import { t } from '../../texts'

export interface EndpointPickerProps {
  value: string
  deviceID: number | null
  /** The subscriber's own endpoint, which is not "taken" for it. */
  except: string | null
  error?: boolean
  helperText?: string
  label?: string
  autoFocus?: boolean
  onChange: (mac: string, seen: Endpoint | null) => void
}

export function EndpointPicker({ value, deviceID, except, error, helperText, label, autoFocus, onChange }: EndpointPickerProps) {
  const [open, setOpen] = useState(false)
  const typed = useDebounced(value.trim(), 250)
  const found = useQuery({
    queryKey: ['endpoints', 'pick', deviceID, typed],
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/v1/endpoints', {
          params: { query: { limit: 50, sort: 'configured', ...(deviceID && { device_id: String(deviceID) }), ...(typed && { q: typed }) } },
          signal,
        }),
      ),
    enabled: open,
    placeholderData: keepPreviousData,
  })
  const taken = (e: Endpoint) => e.subscriber_id !== null && e.mac_address !== except
  return (
    <Autocomplete<Endpoint, false, false, true>
      freeSolo
      open={open}
      onOpen={() => setOpen(true)}
      onClose={() => setOpen(false)}
      options={found.data?.items ?? []}
      filterOptions={(x) => x}
      value={null}
      inputValue={value}
      loading={found.isFetching}
      getOptionLabel={(e) => (typeof e === 'string' ? e : e.mac_address)}
      getOptionKey={(e) => (typeof e === 'string' ? e : `${e.device_id}/${e.mac_address}`)}
      getOptionDisabled={taken}
      onInputChange={(_, text, why) => (why === 'input' || why === 'clear') && onChange(text, null)}
      onChange={(_, e) => {
        if (e && typeof e !== 'string') onChange(e.mac_address, e)
      }}
      renderOption={(props, e) => {
        const { key, ...rest } = props
        return (
          <Box component="li" key={key} {...rest} sx={{ gap: 1, flexWrap: 'wrap' }}>
            <span className="mac">{e.mac_address}</span>
            <EndpointState of={e} />
            <Typography variant="body2" color="textSecondary">
              {[e.device_name, e.port && t.endpoint.onPort(e.port), e.model, taken(e) && t.subscriber.takenBy(e.subscriber_name)].filter(Boolean).join(' · ')}
            </Typography>
          </Box>
        )
      }}
      renderInput={(params) => (
        <TextField {...params} label={label ?? t.subscriber.endpoint} error={error} helperText={helperText} autoFocus={autoFocus} slotProps={{ ...params.slotProps, htmlInput: { ...params.slotProps.htmlInput, spellCheck: false, autoCapitalize: 'none' } }} />
      )}
    />
  )
}
