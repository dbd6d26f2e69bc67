// Where things are shown. Every detail page has a stable address.

export const devicePath = (id: number | string, tab?: string) => `/devices/${id}` + (tab ? `/${tab}` : '')
export const subscriberPath = (id: number | string) => `/subscribers/${id}`
export const endpointPath = (mac: string) => `/endpoints?mac_address=${encodeURIComponent(mac)}`

/** The page of a search hit. */
export function hitPath(hit: { kind: string; id: string; device_id?: number | null }): string {
  switch (hit.kind) {
    case 'device':
      return devicePath(hit.id)
    case 'subscriber':
      return subscriberPath(hit.id)
    case 'endpoint':
      return endpointPath(hit.id)
    case 'plan':
      return `/plans?open=${hit.id}`
    case 'site':
      return `/devices?site_id=${hit.id}`
    default:
      return hit.device_id ? devicePath(hit.device_id) : '/'
  }
}
