// Every question the pages ask. The first word of a key is what the event
// stream makes old (see app/live.tsx).
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { apiQuery, type ListState } from '../lib/listparams'
import { api, take } from './client'

const list = (s: ListState) => apiQuery(s)

export const useDevices = (s: ListState) =>
  useQuery({
    queryKey: ['devices', list(s)],
    queryFn: ({ signal }) => take(api.GET('/api/v1/devices', { params: { query: list(s) }, signal })),
    placeholderData: keepPreviousData,
  })

/** All devices for choosing one, by name. */
export const useDeviceChoices = (enabled = true) =>
  useQuery({
    queryKey: ['devices', 'choices'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/devices', { params: { query: { limit: 500, sort: 'name' } }, signal })),
    enabled,
  })

export const useDevice = (id: number, refetchInterval?: number) =>
  useQuery({
    ...(refetchInterval && { refetchInterval }),
    queryKey: ['device', id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/devices/{id}', { params: { path: { id } }, signal })),
  })

export const usePorts = (id: number, enabled = true) =>
  useQuery({
    queryKey: ['ports', id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/devices/{id}/ports', { params: { path: { id }, query: { limit: 100 } }, signal })),
    enabled,
  })

/** Every endpoint of a device; a GAM has at most 384. */
export const useDeviceEndpoints = (id: number, enabled = true) =>
  useQuery({
    queryKey: ['endpoints', 'of', id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/endpoints', { params: { query: { device_id: String(id), limit: 500 } }, signal })),
    enabled,
  })

export const useDevicePlan = (id: number, enabled = true) =>
  useQuery({
    queryKey: ['device-plan', id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/devices/{id}/plan', { params: { path: { id } }, signal })),
    enabled,
    retry: false,
  })

export const useUnmanaged = (id: number) =>
  useQuery({
    queryKey: ['unmanaged', id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/unmanaged', { params: { query: { device_id: String(id), limit: 500 } }, signal })),
  })

export const useEndpoints = (s: ListState) =>
  useQuery({
    queryKey: ['endpoints', list(s)],
    queryFn: ({ signal }) => take(api.GET('/api/v1/endpoints', { params: { query: list(s) }, signal })),
    placeholderData: keepPreviousData,
  })

export const useEndpoint = (mac: string, links: boolean) =>
  useQuery({
    queryKey: ['endpoint', mac, links],
    queryFn: ({ signal }) => take(api.GET('/api/v1/endpoints/{mac}', { params: { path: { mac }, query: { links } }, signal })),
    retry: false,
  })

/** How many endpoints are plugged in and not configured yet. */
export const useNewEndpointCount = () =>
  useQuery({
    queryKey: ['endpoints', 'new-count'],
    queryFn: async ({ signal }) => {
      const page = await take(api.GET('/api/v1/endpoints', { params: { query: { state: 'quarantined_unknown_mac', limit: 1 } }, signal }))
      return page.total
    },
  })

export const useSubscribers = (s: ListState) =>
  useQuery({
    queryKey: ['subscribers', list(s)],
    queryFn: ({ signal }) => take(api.GET('/api/v1/subscribers', { params: { query: list(s) }, signal })),
    placeholderData: keepPreviousData,
  })

export const useSubscriber = (id: number, enabled = true) =>
  useQuery({
    queryKey: ['subscriber', id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/subscribers/{id}', { params: { path: { id } }, signal })),
    enabled,
  })

export const usePlans = (s: ListState) =>
  useQuery({
    queryKey: ['plans', list(s)],
    queryFn: ({ signal }) => take(api.GET('/api/v1/plans', { params: { query: list(s) }, signal })),
    placeholderData: keepPreviousData,
  })

export const usePlanChoices = () =>
  useQuery({
    queryKey: ['plans', 'choices'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/plans', { params: { query: { limit: 500, sort: 'name' } }, signal })),
  })

export const useSites = (s: ListState) =>
  useQuery({
    queryKey: ['sites', list(s)],
    queryFn: ({ signal }) => take(api.GET('/api/v1/sites', { params: { query: list(s) }, signal })),
    placeholderData: keepPreviousData,
  })

export const useSiteChoices = () =>
  useQuery({
    queryKey: ['sites', 'choices'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/sites', { params: { query: { limit: 500, sort: 'name' } }, signal })),
  })

export const useChanges = (s: ListState) =>
  useQuery({
    queryKey: ['changes', list(s)],
    queryFn: ({ signal }) => take(api.GET('/api/v1/changes', { params: { query: list(s) }, signal })),
    placeholderData: keepPreviousData,
  })

export const useJobs = (s: ListState) =>
  useQuery({
    queryKey: ['jobs', list(s)],
    queryFn: ({ signal }) => take(api.GET('/api/v1/jobs', { params: { query: list(s) }, signal })),
    placeholderData: keepPreviousData,
  })

export const useSummary = () =>
  useQuery({
    queryKey: ['summary'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/fleet/summary', { signal })),
  })

export const useSettings = () =>
  useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/settings', { signal })),
  })

export const useUsers = () =>
  useQuery({ queryKey: ['users'], queryFn: ({ signal }) => take(api.GET('/api/v1/users', { params: { query: { limit: 500 } }, signal })) })

export const useTokens = () =>
  useQuery({ queryKey: ['tokens'], queryFn: ({ signal }) => take(api.GET('/api/v1/tokens', { params: { query: { limit: 500 } }, signal })) })
