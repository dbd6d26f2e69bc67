import Add from '@mui/icons-material/Add'
import { useNavigate } from 'react-router'
import type { Device } from '../api/types'
import { useSession } from '../app/session'
import { ActButton } from '../parts/ActButton'
import { t } from '../texts'

export function NewSubscriber({ device }: { device?: Device }) {
  const navigate = useNavigate()
  const { needs } = useSession()
  return (
    <ActButton variant="contained" startIcon={<Add />} why={needs('operator')} onClick={() => void navigate('/subscribers/new' + (device ? `?device_id=${device.id}` : ''))}>
      {t.subscriber.add}
    </ActButton>
  )
}
