// The table of pages. Each is loaded when it is first opened.
import { createBrowserRouter, Navigate, useRouteError } from 'react-router'
import { NotFound } from '../pages/NotFound'
import { PageFailure, Shell } from './Shell'

function Failed() {
  const error = useRouteError()
  return <PageFailure error={error} reset={() => location.reload()} />
}

function make() {
  return createBrowserRouter([
    {
      element: <Shell />,
      errorElement: <Failed />,
      HydrateFallback: () => null,
      children: [
        {
          errorElement: <Failed />,
          children: [
            { index: true, element: <Navigate to="/devices" replace /> },
            { path: 'devices', lazy: () => import('../pages/Devices') },
            { path: 'devices/:id/:tab?', lazy: () => import('../pages/Device') },
            { path: 'endpoints', lazy: () => import('../pages/Endpoints') },
            { path: 'endpoints/:mac', lazy: () => import('../pages/Endpoint') },
            { path: 'subscribers', lazy: () => import('../pages/Subscribers') },
            { path: 'subscribers/new', lazy: () => import('../pages/SubscriberEdit') },
            { path: 'subscribers/:id', lazy: () => import('../pages/Subscriber') },
            { path: 'subscribers/:id/edit', lazy: () => import('../pages/SubscriberEdit') },
            { path: 'plans', lazy: () => import('../pages/Plans') },
            { path: 'sites', lazy: () => import('../pages/Sites') },
            { path: 'changes', lazy: () => import('../pages/Changes') },
            { path: 'jobs', lazy: () => import('../pages/Jobs') },
            { path: 'users', lazy: () => import('../pages/Users') },
            { path: 'settings', lazy: () => import('../pages/Settings') },
            { path: 'about', lazy: () => import('../pages/About') },
            { path: '*', element: <NotFound /> },
          ],
        },
      ],
    },
  ])
}

let made: ReturnType<typeof make> | undefined
/** Made once, on first use: it reads the address. */
export const router = () => (made ??= make())

let setup: ReturnType<typeof createBrowserRouter> | undefined
export const setupRouter = () => (setup ??= createBrowserRouter([{ path: '*', lazy: () => import('../pages/Setup'), HydrateFallback: () => null }]))
