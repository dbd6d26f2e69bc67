import { useNavigate } from 'react-router'
import type { Endpoint } from '../api/types'
import { useSession } from '../app/session'
import { t } from '../texts'
import { ActButton } from './ActButton'

/** From "plugged in" to "in service": the order form, filled in. */
export function SetUpService({ endpoint: e }: { endpoint: Pick<Endpoint, 'mac_address' | 'device_id' | 'port'> }) {
  const navigate = useNavigate()
  const { needs } = useSession()
  const query = new URLSearchParams({ endpoint_mac: e.mac_address, device_id: String(e.device_id), ...(e.port && { port: String(e.port) }) })
  return (
    <ActButton size="small" variant="contained" why={needs('operator')} onClick={() => void navigate(`/subscribers/new?${query}`)}>
      {t.endpoint.setUp}
    </ActButton>
  )
}
