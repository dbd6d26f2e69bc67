import Chip from '@mui/material/Chip'
import MenuItem from '@mui/material/MenuItem'
import Stack from '@mui/material/Stack'
import TextField from '@mui/material/TextField'
import type { ListControl } from '../lib/listparams'
import { t } from '../texts'

export interface Choice {
  value: string
  text: string
}

/** One filter of a list as a drop-down; "any" takes it away. */
export function FilterSelect({ list, name, label, choices }: { list: ListControl; name: string; label: string; choices: Choice[] }) {
  const value = list.filters[name] ?? ''
  const known = value === '' || choices.some((c) => c.value === value)
  return (
    <TextField
      select
      label={label}
      value={value}
      onChange={(e) => list.set({ [name]: e.target.value || null })}
      sx={{ width: { xs: 'calc(50% - 4px)', sm: 'auto' }, minWidth: { sm: 150 } }}
      slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true } }}
    >
      <MenuItem value="">{t.list.any}</MenuItem>
      {!known && <MenuItem value={value}>{value}</MenuItem>}
      {choices.map((c) => (
        <MenuItem key={c.value} value={c.value}>
          {c.text}
        </MenuItem>
      ))}
    </TextField>
  )
}

/** One filter of a list as a row of chips, all values in sight. */
export function FilterChips({ list, name, label, choices, counts }: { list: ListControl; name: string; label: string; choices: Choice[]; counts?: Record<string, number> }) {
  const value = list.filters[name] ?? ''
  return (
    <Stack direction="row" useFlexGap spacing={0.75} role="group" aria-label={label} sx={{ flexWrap: 'wrap' }}>
      {[{ value: '', text: t.list.all }, ...choices].map((c) => (
        <Chip
          key={c.value}
          label={c.text + (counts && c.value && counts[c.value] !== undefined ? ` ${counts[c.value]}` : '')}
          color={value === c.value ? 'primary' : 'default'}
          variant={value === c.value ? 'filled' : 'outlined'}
          aria-pressed={value === c.value}
          onClick={() => list.set({ [name]: c.value || null })}
        />
      ))}
    </Stack>
  )
}

/** Shows a filter that has no control of its own, with a way to drop it. */
export function FilterTag({ list, name, text }: { list: ListControl; name: string; text: string }) {
  if (!list.filters[name]) return null
  return <Chip label={text} onDelete={() => list.set({ [name]: null })} color="primary" variant="outlined" />
}

/** The choices of a catalogue's names; with only, those and in that order. */
export const choicesOf = (names: Record<string, string>, only: string[] = Object.keys(names)): Choice[] =>
  only.map((value) => ({ value, text: names[value] ?? value }))
