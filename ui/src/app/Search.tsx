// One box for everything: names, MACs in any spelling, VLANs, serials,
// addresses, customer ids. "/" or Ctrl-K goes there.
import SearchIcon from '@mui/icons-material/Search'
import Autocomplete from '@mui/material/Autocomplete'
import Box from '@mui/material/Box'
import Chip from '@mui/material/Chip'
import InputAdornment from '@mui/material/InputAdornment'
import TextField from '@mui/material/TextField'
import Typography from '@mui/material/Typography'
import { keepPreviousData, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { api, take } from '../api/client'
import { asProblem } from '../api/problem'
import type { Hit } from '../api/types'
import { useDebounced } from '../lib/hooks'
import { hitPath } from '../lib/paths'
import { t } from '../texts'

const asked = (q: string) =>
  queryOptions({
    queryKey: ['search', q],
    queryFn: ({ signal }) => take(api.GET('/api/v1/search', { params: { query: { q, limit: 12 } }, signal })),
    staleTime: 5000,
  })

export function Search() {
  const [text, setText] = useState('')
  const q = useDebounced(text.trim(), 200)
  const input = useRef<HTMLInputElement>(null)
  const navigate = useNavigate()
  const queries = useQueryClient()
  const hits = useQuery({ ...asked(q), enabled: q.length > 0, placeholderData: keepPreviousData, refetchInterval: false })

  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement
      const typing = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
      if ((e.key === 'k' && (e.ctrlKey || e.metaKey)) || (e.key === '/' && !typing && !e.ctrlKey && !e.altKey && !e.metaKey)) {
        e.preventDefault()
        input.current?.focus()
        input.current?.select()
      }
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])

  const go = (h: Hit) => {
    setText('')
    input.current?.blur()
    void navigate(hitPath(h))
  }
  // Enter came before the answer: the first hit it is, once it is there.
  const first = async (typed: string) => {
    const page = await queries.fetchQuery({ ...asked(typed.trim()) }).catch(() => null)
    const hit = page?.items[0]
    if (hit) go(hit)
  }

  const items: Hit[] = q ? (hits.data?.items ?? []) : []
  return (
    <Autocomplete<Hit, false, false, true>
      freeSolo
      fullWidth
      autoHighlight
      value={null}
      options={items}
      inputValue={text}
      filterOptions={(x) => x}
      getOptionKey={(h) => (typeof h === 'string' ? h : `${h.kind}/${h.id}`)}
      getOptionLabel={(h) => (typeof h === 'string' ? h : h.title)}
      loading={hits.isFetching}
      onInputChange={(_, v, why) => why !== 'selectOption' && why !== 'reset' && setText(v)}
      onChange={(_, h) => {
        if (!h) return
        if (typeof h === 'string') void first(h)
        else go(h)
      }}
      noOptionsText={hits.isError ? asProblem(hits.error).message : t.search.none(q)}
      sx={{ maxWidth: 560 }}
      slotProps={{ listbox: { sx: { maxHeight: '60vh' } }, popper: { sx: { minWidth: { xs: '92vw', sm: 420 } } } }}
      renderOption={(props, h) => {
        const { key, ...rest } = props
        return (
          <Box component="li" key={key} {...rest} sx={{ gap: 1.5 }}>
            <Chip size="small" variant="outlined" label={t.search.kinds[h.kind as keyof typeof t.search.kinds] ?? h.kind} sx={{ minWidth: 84 }} />
            <Box sx={{ minWidth: 0 }}>
              <Typography noWrap>{h.title}</Typography>
              {h.detail && (
                <Typography variant="body2" color="textSecondary" noWrap>
                  {h.detail}
                </Typography>
              )}
            </Box>
          </Box>
        )
      }}
      renderInput={(params) => (
        <TextField
          {...params}
          inputRef={input}
          placeholder={t.search.placeholder}
          type="search"
          slotProps={{
            ...params.slotProps,
            htmlInput: { ...params.slotProps.htmlInput, 'aria-label': t.search.label },
            input: {
              ...params.slotProps.input,
              startAdornment: (
                <InputAdornment position="start">
                  <SearchIcon fontSize="small" />
                </InputAdornment>
              ),
              endAdornment: (
                <Box component="kbd" aria-hidden sx={{ display: { xs: 'none', md: 'block' }, border: 1, borderColor: 'divider', borderRadius: 0.75, px: 0.75, fontSize: 12, color: 'text.secondary' }}>
                  /
                </Box>
              ),
            },
          }}
        />
      )}
    />
  )
}
