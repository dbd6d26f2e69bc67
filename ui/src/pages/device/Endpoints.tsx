import type { Device } from '../../api/types'
import { EndpointList } from '../EndpointList'

export const DeviceEndpoints = ({ device }: { device: Device }) => <EndpointList device={device} />
