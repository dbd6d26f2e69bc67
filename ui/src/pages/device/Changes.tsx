import type { Device } from '../../api/types'
import { ChangeList } from '../ChangeList'

export const DeviceChanges = ({ device }: { device: Device }) => <ChangeList deviceID={device.id} />
