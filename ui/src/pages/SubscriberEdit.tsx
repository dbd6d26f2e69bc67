import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Stack from '@mui/material/Stack'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import { api, take } from '../api/client'
import { asProblem, Problem } from '../api/problem'
import { useSubscriber } from '../api/queries'
import type { Preview, Subscriber } from '../api/types'
import { useSession } from '../app/session'
import { useForm } from '../lib/form'
import { subscriberPath } from '../lib/paths'
import { changesOf, emptyOrder, formOf, orderOf } from '../lib/subscriberform'
import { ActButton } from '../parts/ActButton'
import { Loaded } from '../parts/Loaded'
import { newestChange } from '../parts/Progress'
import { Page } from '../parts/Page'
import { ProblemAlert } from '../parts/ProblemAlert'
import { t } from '../texts'
import { OrderPreview } from './subscriber/OrderPreview'
import { OrderFields } from './subscriber/OrderFields'

export function Component() {
  const { id } = useParams()
  const query = useSubscriber(Number(id), Boolean(id))
  if (!id) return <Edit />
  return <Loaded query={query}>{(s) => <Edit key={s.id} was={s} />}</Loaded>
}

function Edit({ was: latest }: { was?: Subscriber }) {
  // What the form was filled from: a change by somebody else meanwhile must
  // not slip under the typed one.
  const [was, setWas] = useState(latest)
  const [params] = useSearchParams()
  const start = useMemo(
    () =>
      was
        ? formOf(was)
        : {
            ...emptyOrder,
            deviceID: params.get('device_id') ?? '',
            port: params.get('port') ?? '',
            endpointMAC: params.get('endpoint_mac') ?? '',
            name: params.get('name') ?? '',
          },
    // Only once: later changes of the address are not the form's.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [],
  )
  const form = useForm(start)
  const navigate = useNavigate()
  const queries = useQueryClient()
  const { needs } = useSession()
  const { order, refused } = orderOf(form.values, was)
  const changes = was ? changesOf(order, orderOf(start, was).order) : order
  const [tried, setTried] = useState(false)
  const [shown, setShown] = useState<Preview | null>(null)

  const preview = useMutation({
    mutationFn: () => take(api.POST('/api/v1/subscribers/preview', { body: { ...changes, ...(was && { subscriber_id: was.id }) } })),
    onSuccess: setShown,
  })
  const place = useMutation({
    mutationFn: async () => {
      const after = await newestChange(shown?.subscriber.device_id ?? null)
      const sub = was
        ? await take(api.PATCH('/api/v1/subscribers/{id}', { params: { path: { id: was.id }, header: { 'If-Match': `"${was.version}"` } }, body: changes }))
        : await take(api.POST('/api/v1/subscribers', { body: order }))
      return { sub, after }
    },
    onSuccess: ({ sub, after }) => {
      queries.setQueryData(['subscriber', sub.id], sub)
      void queries.invalidateQueries({ predicate: (q) => ['subscribers', 'endpoints', 'summary', 'device-plan'].includes(String(q.queryKey[0])) })
      void navigate(subscriberPath(sub.id), { replace: true, state: { watched: sub.device_id ? { deviceID: sub.device_id, after, steps: shown?.plan.steps ?? [] } : null } })
    },
    onError: () => setShown(null),
  })

  const local = tried ? new Problem(0, 'form', '', '', refused.map((r) => ({ field: r.field, message: t.form.refused[r.kind] }))) : null
  const failed = place.error ?? preview.error
  const server = failed ? asProblem(failed) : null
  const problem = server?.fields.length ? server : local
  const stale = server?.code === 'stale'
  const why = needs('operator') ?? (!form.values.name.trim() ? t.form.needName : was && Object.keys(changes).length === 0 ? t.form.unchanged : null)
  const title = was ? t.subscriber.editTitle(was.name) : t.subscriber.add
  return (
    <Page title={title} crumbs={[{ text: t.nav.subscribers, to: '/subscribers' }, ...(was ? [{ text: was.name, to: subscriberPath(was.id) }] : [])]}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault()
          setTried(true)
          place.reset()
          if (!why && refused.length === 0 && !preview.isPending) preview.mutate()
        }}
      >
        <Stack spacing={2} sx={{ maxWidth: 900 }}>
          {stale ? (
            <Alert
              severity="warning"
              action={
                <Button
                  color="inherit"
                  onClick={() => {
                    // Keeps what was typed, over the newest state of the order.
                    setWas(latest)
                    place.reset()
                    preview.reset()
                    void queries.invalidateQueries({ queryKey: ['subscriber', was?.id] })
                  }}
                >
                  {t.form.keepMine}
                </Button>
              }
            >
              {t.form.stale}
            </Alert>
          ) : (
            <ProblemAlert error={failed} />
          )}
          <OrderFields form={form} problem={problem} was={was} />
          <Stack direction="row" spacing={1} sx={{ justifyContent: 'flex-end', position: 'sticky', bottom: 0, py: 1.5, bgcolor: 'background.default', zIndex: 2 }}>
            <Button onClick={() => void navigate(-1)}>{t.cancel}</Button>
            <ActButton type="submit" variant="contained" busy={preview.isPending} why={why}>
              {t.subscriber.preview}
            </ActButton>
          </Stack>
        </Stack>
      </form>
      {shown && (
        <OrderPreview
          preview={shown}
          isNew={!was}
          busy={place.isPending}
          onPlace={() => place.mutate()}
          onClose={() => setShown(null)}
        />
      )}
    </Page>
  )
}
