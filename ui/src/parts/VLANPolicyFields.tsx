import Box from '@mui/material/Box'
import MenuItem from '@mui/material/MenuItem'
import TextField from '@mui/material/TextField'
import type { Problem } from '../api/problem'
import { fieldProps } from '../lib/form'
import { t } from '../texts'

export interface PolicyForm {
  mode: 'unique' | 'shared'
  first: string
  last: string
  shared: string
}

export const policyOf = (p: { mode: string; range?: { first: number; last: number }; shared?: number }): PolicyForm => ({
  mode: p.mode === 'shared' ? 'shared' : 'unique',
  first: String(p.range?.first || ''),
  last: String(p.range?.last || ''),
  shared: String(p.shared || ''),
})

export const policyBody = (f: PolicyForm) => ({
  mode: f.mode,
  range: { first: Number(f.first) || 0, last: Number(f.last) || 0 },
  shared: Number(f.shared) || 0,
})

/** How VLANs are given out: one per subscriber, or the same for all. */
export function VLANPolicyFields({ value: v, onChange, problem, disabled }: { value: PolicyForm; onChange: (v: PolicyForm) => void; problem: Problem | null; disabled?: boolean }) {
  const number = { htmlInput: { inputMode: 'numeric' as const } }
  return (
    <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: '1fr', sm: v.mode === 'unique' ? '2fr 1fr 1fr' : '2fr 1fr' } }}>
      <TextField
        select
        label={t.settings.vlanMode}
        value={v.mode}
        disabled={disabled}
        onChange={(e) => onChange({ ...v, mode: e.target.value as PolicyForm['mode'] })}
        {...fieldProps(problem, problem?.field('vlan_policy') ? 'vlan_policy' : 'vlan_policy.mode', t.settings.vlanModeHint[v.mode])}
      >
        <MenuItem value="unique">{t.settings.vlanUnique}</MenuItem>
        <MenuItem value="shared">{t.settings.vlanShared}</MenuItem>
      </TextField>
      {v.mode === 'unique' ? (
        <>
          <TextField label={t.settings.first} value={v.first} disabled={disabled} onChange={(e) => onChange({ ...v, first: e.target.value })} slotProps={number} {...fieldProps(problem, 'vlan_policy.range.first')} />
          <TextField label={t.settings.last} value={v.last} disabled={disabled} onChange={(e) => onChange({ ...v, last: e.target.value })} slotProps={number} {...fieldProps(problem, 'vlan_policy.range.last')} />
        </>
      ) : (
        <TextField label={t.settings.sharedVLAN} value={v.shared} disabled={disabled} onChange={(e) => onChange({ ...v, shared: e.target.value })} slotProps={number} {...fieldProps(problem, 'vlan_policy.shared')} />
      )}
    </Box>
  )
}
