import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import Stack from '@mui/material/Stack'
import type { Preview } from '../../api/types'
import { ActButton } from '../../parts/ActButton'
import { Facts } from '../../parts/Facts'
import { PlanView } from '../../parts/Steps'
import { t } from '../../texts'

/** What the order would do, before it is placed. */
export function OrderPreview({ preview, isNew, busy, onPlace, onClose }: { preview: Preview; isNew: boolean; busy: boolean; onPlace: () => void; onClose: () => void }) {
  const s = preview.subscriber
  return (
    <Dialog open onClose={busy ? undefined : onClose} maxWidth="md" aria-labelledby="preview-title">
      <DialogTitle id="preview-title">{t.subscriber.previewTitle(s.name)}</DialogTitle>
      <DialogContent>
        <Stack spacing={2}>
          <Facts
            rows={[
              [t.subscriber.device, s.gam_name || t.subscriber.notPlaced],
              [t.subscriber.port, s.port],
              [t.subscriber.endpoint, s.endpoint_mac && <span className="mac">{s.endpoint_mac}</span>],
              [t.subscriber.plan, s.plan_name],
              [t.subscriber.vlan, s.vlan_id && `${s.vlan_id}${s.vlan_allocated ? ` (${t.subscriber.allocated})` : ''}`],
              [t.subscriber.deviceName, s.device_name && <code>{s.device_name}</code>],
            ]}
          />
          {s.status === 'pending' ? <Alert severity="info">{t.subscriber.pendingText}</Alert> : <PlanView plan={preview.plan} />}
          {preview.plan.waiting && preview.plan.steps.length > 0 && <Alert severity="info">{t.plan.waiting}</Alert>}
        </Stack>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose} disabled={busy}>
          {t.back}
        </Button>
        <ActButton variant="contained" busy={busy} onClick={onPlace} autoFocus>
          {isNew ? t.subscriber.place : t.subscriber.change}
        </ActButton>
      </DialogActions>
    </Dialog>
  )
}
