import type { Device } from '../../api/types'
import { SubscriberList } from '../SubscriberList'

export const DeviceSubscribers = ({ device }: { device: Device }) => <SubscriberList device={device} />
