import ExpandMore from '@mui/icons-material/ExpandMore'
import Accordion from '@mui/material/Accordion'
import AccordionDetails from '@mui/material/AccordionDetails'
import AccordionSummary from '@mui/material/AccordionSummary'
import Box from '@mui/material/Box'
import FormControl from '@mui/material/FormControl'
import FormControlLabel from '@mui/material/FormControlLabel'
import FormHelperText from '@mui/material/FormHelperText'
import MenuItem from '@mui/material/MenuItem'
import Radio from '@mui/material/Radio'
import RadioGroup from '@mui/material/RadioGroup'
import Stack from '@mui/material/Stack'
import Switch from '@mui/material/Switch'
import TextField from '@mui/material/TextField'
import Typography from '@mui/material/Typography'
import { useEffect, useState } from 'react'
import type { Problem } from '../../api/problem'
import { useDeviceChoices, usePlanChoices } from '../../api/queries'
import type { Subscriber } from '../../api/types'
import { fieldProps, type useForm } from '../../lib/form'
import type { OrderForm } from '../../lib/subscriberform'
import { Section } from '../../parts/Facts'
import { Link } from '../../parts/Link'
import { t } from '../../texts'
import { EndpointPicker } from './EndpointPicker'

const advanced = ['remapped_vlan_id', 'port2_vlan_id', 'allowed_vlans', 'trunk', 'double_tag', 'double_tag.outer_vlan_id', 'double_tag.nni', 'poe', 'device_name', 'notes']

export interface OrderFieldsProps {
  form: ReturnType<typeof useForm<OrderForm>>
  problem: Problem | null
  was?: Subscriber
}

export function OrderFields({ form: { values: v, set, setValues }, problem: p, was }: OrderFieldsProps) {
  const devices = useDeviceChoices()
  const plans = usePlanChoices()
  const device = devices.data?.items.find((d) => String(d.id) === v.deviceID)
  const portAware = device?.subscriber_model === 'port_aware'
  const [deep, setDeep] = useState(Boolean(v.remapped || v.port2 || v.allowed || v.trunk || v.doubleTag || v.poe))
  // A refused field must be in sight.
  useEffect(() => {
    if (p?.fields.some((f) => advanced.includes(f.field))) setDeep(true)
  }, [p])
  const two = { display: 'grid', gap: 2, gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))' } }
  return (
    <>
      <Section title={t.subscriber.who}>
        <Box sx={two}>
          <TextField label={t.subscriber.name} value={v.name} onChange={(e) => set('name', e.target.value)} required autoFocus={!was} {...fieldProps(p, 'name')} />
          <TextField label={t.subscriber.description} value={v.description} onChange={(e) => set('description', e.target.value)} {...fieldProps(p, 'description', t.subscriber.descriptionHint)} />
        </Box>
      </Section>
      <Section title={t.subscriber.where}>
        <Box sx={two}>
          <TextField
            select
            label={t.subscriber.device}
            value={devices.data ? (device ? v.deviceID : '') : ''}
            onChange={(e) => setValues((old) => ({ ...old, deviceID: e.target.value, port: '', endpointMAC: '' }))}
            slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true } }}
            {...fieldProps(p, 'device_id', t.subscriber.deviceHint)}
          >
            <MenuItem value="">{t.subscriber.whereSeen}</MenuItem>
            {(devices.data?.items ?? []).map((d) => (
              <MenuItem key={d.id} value={String(d.id)}>
                {d.name}
              </MenuItem>
            ))}
          </TextField>
          <TextField
            select={(device?.port_count ?? 0) > 0}
            label={t.subscriber.port}
            value={v.port}
            onChange={(e) => set('port', e.target.value)}
            required={portAware}
            slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true }, htmlInput: { inputMode: 'numeric', placeholder: t.subscriber.whereverItIs } }}
            {...fieldProps(p, 'port', portAware ? t.subscriber.portNeeded : t.subscriber.portHint)}
          >
            <MenuItem value="">{portAware ? t.none : t.subscriber.whereverItIs}</MenuItem>
            {Array.from({ length: device?.port_count ?? 0 }, (_, i) => (
              <MenuItem key={i} value={String(i + 1)}>
                {t.endpoint.onPort(i + 1)}
              </MenuItem>
            ))}
          </TextField>
          <Box sx={{ gridColumn: '1 / -1' }}>
            <EndpointPicker
              value={v.endpointMAC}
              deviceID={v.deviceID ? Number(v.deviceID) : null}
              except={was?.endpoint_mac ?? null}
              {...fieldProps(p, 'endpoint_mac', portAware ? t.subscriber.endpointPortAware : t.subscriber.endpointHint)}
              onChange={(mac, seen) =>
                setValues((old) => ({
                  ...old,
                  endpointMAC: mac,
                  ...(seen && { deviceID: String(seen.device_id), port: seen.port ? String(seen.port) : old.port }),
                }))
              }
            />
          </Box>
        </Box>
      </Section>
      <Section title={t.subscriber.what}>
        <Box sx={two}>
          <TextField
            select
            label={t.subscriber.plan}
            value={plans.data?.items.some((x) => String(x.id) === v.planID) ? v.planID : ''}
            onChange={(e) => set('planID', e.target.value)}
            slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true } }}
            {...fieldProps(p, 'plan_id', plans.data?.items.length === 0 ? t.subscriber.noPlans : undefined)}
          >
            <MenuItem value="">{t.none}</MenuItem>
            {(plans.data?.items ?? []).map((x) => (
              <MenuItem key={x.id} value={String(x.id)}>
                {x.name} ({t.plan.rates(x.downstream_mbps, x.upstream_mbps)})
              </MenuItem>
            ))}
          </TextField>
          <FormControl>
            <FormControlLabel control={<Switch checked={v.tagging === 'tagged'} onChange={(e) => set('tagging', e.target.checked ? 'tagged' : 'untagged')} />} label={t.subscriber.tagged} />
            <FormHelperText error={Boolean(p?.field('tagging'))}>{p?.field('tagging') || t.subscriber.taggingHint[v.tagging]}</FormHelperText>
          </FormControl>
          <FormControl>
            <Typography id="vlan-mode" variant="body2" color="textSecondary">
              {t.subscriber.vlan}
            </Typography>
            <RadioGroup row aria-labelledby="vlan-mode" value={v.vlanMode} onChange={(e) => set('vlanMode', e.target.value as OrderForm['vlanMode'])}>
              <FormControlLabel value="auto" control={<Radio size="small" />} label={was?.vlan_allocated && was.vlan_id ? t.subscriber.vlanKept(was.vlan_id) : t.subscriber.vlanAuto} />
              <FormControlLabel value="given" control={<Radio size="small" />} label={t.subscriber.vlanGiven} />
            </RadioGroup>
            {v.vlanMode === 'auto' && p?.field('vlan_id') && <FormHelperText error>{p.field('vlan_id')}</FormHelperText>}
          </FormControl>
          {v.vlanMode === 'given' && (
            <TextField label={t.subscriber.vlanNumber} value={v.vlan} onChange={(e) => set('vlan', e.target.value)} slotProps={{ htmlInput: { inputMode: 'numeric' } }} {...fieldProps(p, 'vlan_id')} />
          )}
        </Box>
        {plans.data?.items.length === 0 && <Link to="/plans">{t.nav.plans}</Link>}
      </Section>
      <Accordion variant="outlined" disableGutters expanded={deep} onChange={(_, open) => setDeep(open)} sx={{ borderRadius: 1, '&::before': { display: 'none' } }}>
        <AccordionSummary expandIcon={<ExpandMore />}>
          <Typography variant="h2">{t.subscriber.advanced}</Typography>
        </AccordionSummary>
        <AccordionDetails>
          <Box sx={two}>
            <TextField label={t.subscriber.remapped} value={v.remapped} onChange={(e) => set('remapped', e.target.value)} slotProps={{ htmlInput: { inputMode: 'numeric' } }} {...fieldProps(p, 'remapped_vlan_id', t.subscriber.remappedHint)} />
            <TextField label={t.subscriber.port2} value={v.port2} onChange={(e) => set('port2', e.target.value)} slotProps={{ htmlInput: { inputMode: 'numeric' } }} {...fieldProps(p, 'port2_vlan_id', t.subscriber.port2Hint)} />
            <TextField label={t.subscriber.allowed} value={v.allowed} onChange={(e) => set('allowed', e.target.value)} {...fieldProps(p, 'allowed_vlans', t.subscriber.allowedHint)} />
            <FormControl>
              <FormControlLabel control={<Switch checked={v.trunk} onChange={(e) => set('trunk', e.target.checked)} />} label={t.subscriber.trunk} />
              <FormHelperText error={Boolean(p?.field('trunk'))}>{p?.field('trunk') || t.subscriber.trunkHint}</FormHelperText>
            </FormControl>
            <FormControl>
              <FormControlLabel control={<Switch checked={v.doubleTag} onChange={(e) => set('doubleTag', e.target.checked)} />} label={t.subscriber.doubleTag} />
              <FormHelperText error={Boolean(p?.field('double_tag'))}>{p?.field('double_tag') || t.subscriber.doubleTagHint}</FormHelperText>
            </FormControl>
            <FormControl>
              <FormControlLabel control={<Switch checked={v.poe} onChange={(e) => set('poe', e.target.checked)} />} label={t.subscriber.poe} />
              <FormHelperText error={Boolean(p?.field('poe'))}>{p?.field('poe') || t.subscriber.poeHint}</FormHelperText>
            </FormControl>
            {v.doubleTag && (
              <>
                <TextField label={t.subscriber.outer} value={v.outer} onChange={(e) => set('outer', e.target.value)} required slotProps={{ htmlInput: { inputMode: 'numeric' } }} {...fieldProps(p, 'double_tag.outer_vlan_id')} />
                <TextField select label={t.subscriber.nni} value={v.nni} onChange={(e) => set('nni', e.target.value)} slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true } }} {...fieldProps(p, 'double_tag.nni')}>
                  <MenuItem value="">{t.subscriber.nniDefault}</MenuItem>
                  {Array.from({ length: Math.max(device?.uplink_count ?? 0, v.nni ? 2 : 1) }, (_, i) => (
                    <MenuItem key={i} value={`10G 1/${i + 1}`}>
                      10G 1/{i + 1}
                    </MenuItem>
                  ))}
                </TextField>
              </>
            )}
            <TextField label={t.subscriber.deviceName} value={v.deviceName} onChange={(e) => set('deviceName', e.target.value)} {...fieldProps(p, 'device_name', t.subscriber.deviceNameHint)} />
            <Stack>
              <TextField label={t.notes} value={v.notes} onChange={(e) => set('notes', e.target.value)} multiline minRows={1} {...fieldProps(p, 'notes')} />
            </Stack>
          </Box>
        </AccordionDetails>
      </Accordion>
    </>
  )
}
