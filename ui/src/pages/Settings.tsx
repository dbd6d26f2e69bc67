import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import FormControlLabel from '@mui/material/FormControlLabel'
import FormHelperText from '@mui/material/FormHelperText'
import MenuItem from '@mui/material/MenuItem'
import Stack from '@mui/material/Stack'
import Switch from '@mui/material/Switch'
import TextField from '@mui/material/TextField'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, take } from '../api/client'
import { asProblem } from '../api/problem'
import { usePlanChoices, useSettings } from '../api/queries'
import type { Settings } from '../api/types'
import { useSession } from '../app/session'
import { fieldProps, useForm } from '../lib/form'
import { ActButton } from '../parts/ActButton'
import { Section } from '../parts/Facts'
import { Loaded } from '../parts/Loaded'
import { useNotice } from '../parts/Notice'
import { Page } from '../parts/Page'
import { ProblemAlert } from '../parts/ProblemAlert'
import { policyBody, policyOf, VLANPolicyFields } from '../parts/VLANPolicyFields'
import { t } from '../texts'

export function Component() {
  const query = useSettings()
  return (
    <Page title={t.nav.settings} subtitle={t.settings.subtitle}>
      <Loaded query={query}>{(s) => <SettingsForm key={s.version} was={s} />}</Loaded>
    </Page>
  )
}

function SettingsForm({ was }: { was: Settings }) {
  const { needs } = useSession()
  const say = useNotice()
  const queries = useQueryClient()
  const plans = usePlanChoices()
  const { values: v, set, touched } = useForm({
    endpointPoll: String(was.endpoint_poll_s),
    configPoll: String(was.config_poll_s),
    deadline: String(was.device_deadline_s),
    offlineAfter: String(was.offline_after),
    first: String(was.subscriber_vlans.first),
    last: String(was.subscriber_vlans.last),
    policy: policyOf(was.vlan_policy),
    suspend: was.suspend_policy,
    garden: was.walled_garden_vlan ? String(was.walled_garden_vlan) : '',
    slow: was.slow_plan_id ? String(was.slow_plan_id) : '',
    repair: was.repair_drift,
    template: was.name_template,
  })
  const act = useMutation({
    mutationFn: () =>
      take(
        api.PATCH('/api/v1/settings', {
          params: { header: { 'If-Match': `"${was.version}"` } },
          body: {
            endpoint_poll_s: Number(v.endpointPoll),
            config_poll_s: Number(v.configPoll),
            device_deadline_s: Number(v.deadline),
            offline_after: Number(v.offlineAfter),
            subscriber_vlans: { first: Number(v.first), last: Number(v.last) },
            vlan_policy: policyBody(v.policy),
            suspend_policy: v.suspend,
            walled_garden_vlan: v.garden ? Number(v.garden) : null,
            slow_plan_id: v.slow ? Number(v.slow) : null,
            repair_drift: v.repair,
            name_template: v.template,
          },
        }),
      ),
    onSuccess: (s) => {
      queries.setQueryData(['settings'], s)
      say(t.settings.saved)
    },
  })
  const p = act.error ? asProblem(act.error) : null
  const numbers = [v.endpointPoll, v.configPoll, v.deadline, v.offlineAfter, v.first, v.last, ...(v.garden ? [v.garden] : [])]
  const why = needs('admin') ?? (numbers.every((n) => /^\d+$/.test(n.trim())) ? (touched ? null : t.settings.unchanged) : t.form.refused.number)
  const number = { slotProps: { htmlInput: { inputMode: 'numeric' as const } } }
  const grid = { display: 'grid', gap: 2, gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))' } }
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault()
        if (!why && !act.isPending) act.mutate()
      }}
    >
      <Stack spacing={2} sx={{ maxWidth: 900 }}>
        {needs('admin') && <Alert severity="info">{needs('admin')}</Alert>}
        <ProblemAlert error={act.error} />
        <Section title={t.settings.reading}>
          <Box sx={grid}>
            <TextField label={t.settings.endpointPoll} value={v.endpointPoll} onChange={(e) => set('endpointPoll', e.target.value)} {...number} {...fieldProps(p, 'endpoint_poll_s', t.settings.endpointPollHint)} />
            <TextField label={t.settings.configPoll} value={v.configPoll} onChange={(e) => set('configPoll', e.target.value)} {...number} {...fieldProps(p, 'config_poll_s', t.settings.configPollHint)} />
            <TextField label={t.settings.deadline} value={v.deadline} onChange={(e) => set('deadline', e.target.value)} {...number} {...fieldProps(p, 'device_deadline_s', t.settings.deadlineHint)} />
            <TextField label={t.settings.offlineAfter} value={v.offlineAfter} onChange={(e) => set('offlineAfter', e.target.value)} {...number} {...fieldProps(p, 'offline_after', t.settings.offlineAfterHint)} />
          </Box>
        </Section>
        <Section title={t.settings.vlans}>
          <Stack spacing={2}>
            <Box sx={grid}>
              <TextField label={t.settings.subscriberFirst} value={v.first} onChange={(e) => set('first', e.target.value)} {...number} {...fieldProps(p, 'subscriber_vlans', t.settings.subscriberRangeHint)} />
              <TextField label={t.settings.subscriberLast} value={v.last} onChange={(e) => set('last', e.target.value)} {...number} />
            </Box>
            <VLANPolicyFields value={v.policy} onChange={(x) => set('policy', x)} problem={p} />
          </Stack>
        </Section>
        <Section title={t.settings.suspension}>
          <Box sx={grid}>
            <TextField select label={t.settings.suspendPolicy} value={v.suspend} onChange={(e) => set('suspend', e.target.value as Settings['suspend_policy'])} {...fieldProps(p, 'suspend_policy', t.suspendPolicy[v.suspend])}>
              {(['remove', 'walled_garden', 'slow_plan'] as const).map((x) => (
                <MenuItem key={x} value={x}>
                  {t.suspendName[x]}
                </MenuItem>
              ))}
            </TextField>
            {v.suspend === 'walled_garden' && <TextField label={t.settings.garden} value={v.garden} onChange={(e) => set('garden', e.target.value)} {...number} {...fieldProps(p, 'walled_garden_vlan')} />}
            {v.suspend === 'slow_plan' && (
              <TextField select label={t.settings.slowPlan} value={plans.data?.items.some((x) => String(x.id) === v.slow) ? v.slow : ''} onChange={(e) => set('slow', e.target.value)} {...fieldProps(p, 'slow_plan_id')}>
                {(plans.data?.items ?? []).map((x) => (
                  <MenuItem key={x.id} value={String(x.id)}>
                    {x.name}
                  </MenuItem>
                ))}
              </TextField>
            )}
          </Box>
        </Section>
        <Section title={t.settings.device}>
          <Box sx={grid}>
            <div>
              <FormControlLabel control={<Switch checked={v.repair} onChange={(e) => set('repair', e.target.checked)} />} label={t.settings.repair} />
              <FormHelperText>{v.repair ? t.settings.repairOn : t.settings.repairOff}</FormHelperText>
            </div>
            <TextField label={t.settings.template} value={v.template} onChange={(e) => set('template', e.target.value)} {...fieldProps(p, 'name_template', t.settings.templateHint)} />
          </Box>
        </Section>
        <Box sx={{ textAlign: 'right', position: 'sticky', bottom: 0, py: 1.5, bgcolor: 'background.default', zIndex: 2 }}>
          <ActButton type="submit" variant="contained" busy={act.isPending} why={why}>
            {t.save}
          </ActButton>
        </Box>
      </Stack>
    </form>
  )
}
