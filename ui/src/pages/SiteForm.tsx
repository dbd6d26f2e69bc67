import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import FormControlLabel from '@mui/material/FormControlLabel'
import Stack from '@mui/material/Stack'
import Switch from '@mui/material/Switch'
import TextField from '@mui/material/TextField'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, take } from '../api/client'
import { asProblem } from '../api/problem'
import { useSettings } from '../api/queries'
import type { Site } from '../api/types'
import { useSession } from '../app/session'
import { fieldProps, useForm } from '../lib/form'
import { ActButton } from '../parts/ActButton'
import { Confirm } from '../parts/Confirm'
import { ProblemAlert } from '../parts/ProblemAlert'
import { policyBody, policyOf, VLANPolicyFields, type PolicyForm } from '../parts/VLANPolicyFields'
import { t } from '../texts'

export function SiteForm({ was, onClose }: { was: Site | null; onClose: () => void }) {
  const { needs } = useSession()
  const queries = useQueryClient()
  const settings = useSettings()
  const { values: v, set } = useForm({
    name: was?.name ?? '',
    address: was?.address ?? '',
    notes: was?.notes ?? '',
    own: Boolean(was?.vlan_policy),
    policy: (was?.vlan_policy ? policyOf(was.vlan_policy) : null) as PolicyForm | null,
  })
  const policy = v.policy ?? (settings.data ? policyOf(settings.data.vlan_policy) : policyOf({ mode: 'unique' }))
  const [removing, setRemoving] = useState(false)
  const header = was ? { 'If-Match': `"${was.version}"` } : undefined
  const renew = () => queries.invalidateQueries({ queryKey: ['sites'] })
  const act = useMutation({
    mutationFn: () => {
      const body = { name: v.name.trim(), address: v.address.trim(), notes: v.notes, vlan_policy: v.own ? policyBody(policy) : null }
      return was
        ? take(api.PATCH('/api/v1/sites/{id}', { params: { path: { id: was.id }, header }, body }))
        : take(api.POST('/api/v1/sites', { body }))
    },
    onSuccess: () => {
      void renew()
      onClose()
    },
  })
  const p = act.error ? asProblem(act.error) : null
  const why = needs('operator') ?? (v.name.trim() ? null : t.form.needName)
  return (
    <Dialog open onClose={act.isPending ? undefined : onClose} aria-labelledby="site-form">
      <form
        onSubmit={(e) => {
          e.preventDefault()
          if (!why && !act.isPending) act.mutate()
        }}
      >
        <DialogTitle id="site-form">{was ? t.site.editTitle(was.name) : t.site.add}</DialogTitle>
        <DialogContent>
          <Stack spacing={2} sx={{ pt: 1 }}>
            <ProblemAlert error={act.error} />
            <TextField label={t.site.name} value={v.name} onChange={(e) => set('name', e.target.value)} autoFocus required {...fieldProps(p, 'name')} />
            <TextField label={t.site.address} value={v.address} onChange={(e) => set('address', e.target.value)} {...fieldProps(p, 'address')} />
            <TextField label={t.notes} value={v.notes} onChange={(e) => set('notes', e.target.value)} multiline minRows={2} {...fieldProps(p, 'notes')} />
            <FormControlLabel control={<Switch checked={v.own} onChange={(e) => set('own', e.target.checked)} />} label={t.site.ownPolicy} />
            {v.own && <VLANPolicyFields value={policy} onChange={(x) => set('policy', x)} problem={p} />}
          </Stack>
        </DialogContent>
        <DialogActions>
          {was && (
            <ActButton color="error" why={needs('operator')} onClick={() => setRemoving(true)} sx={{ mr: 'auto' }}>
              {t.remove}
            </ActButton>
          )}
          <Button onClick={onClose} disabled={act.isPending}>
            {t.cancel}
          </Button>
          <ActButton type="submit" variant="contained" busy={act.isPending} why={why}>
            {t.save}
          </ActButton>
        </DialogActions>
      </form>
      {removing && was && (
        <Confirm
          title={t.site.removeTitle(was.name)}
          action={t.remove}
          danger
          run={async () => {
            await take(api.DELETE('/api/v1/sites/{id}', { params: { path: { id: was.id }, header } }))
            void renew()
            onClose()
          }}
          onClose={() => setRemoving(false)}
        >
          {t.site.removeText}
        </Confirm>
      )}
    </Dialog>
  )
}
