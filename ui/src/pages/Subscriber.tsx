import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Stack from '@mui/material/Stack'
import { useState } from 'react'
import { Link as RouterLink, useLocation, useParams } from 'react-router'
import Button from '@mui/material/Button'
import { useSubscriber } from '../api/queries'
import type { Subscriber } from '../api/types'
import { useSession } from '../app/session'
import { devicePath, subscriberPath } from '../lib/paths'
import { showVLANs } from '../lib/vlans'
import { Facts, Section } from '../parts/Facts'
import { Link } from '../parts/Link'
import { Loaded } from '../parts/Loaded'
import { SubscriberStatus, SyncMark } from '../parts/Marks'
import { Page } from '../parts/Page'
import { Progress, type Watched } from '../parts/Progress'
import { When } from '../parts/When'
import { t } from '../texts'
import { ChangeList } from './ChangeList'
import { OnDevice } from './subscriber/OnDevice'
import { SubscriberActions } from './subscriber/Actions'

export function Component() {
  const { id = '' } = useParams()
  const query = useSubscriber(Number(id))
  const s = query.data
  const passed = (useLocation().state as { watched?: Watched | null } | null)?.watched ?? null
  const [watched, setWatched] = useState<Watched | null>(passed)
  return (
    <Page
      title={s?.name ?? t.subscriber.title(id)}
      crumbs={[{ text: t.nav.subscribers, to: '/subscribers' }]}
      subtitle={
        s && (
          <Stack direction="row" useFlexGap spacing={1} sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
            <SubscriberStatus value={s.status} />
            <SyncMark value={s.sync.state} why={s.sync.reason} />
            <span>{[s.description, s.plan_name].filter(Boolean).join(' · ')}</span>
          </Stack>
        )
      }
      actions={s && <SubscriberActions subscriber={s} onOrdered={setWatched} />}
    >
      <Loaded query={query}>
        {(sub) => (
          <Stack spacing={2}>
            <SyncAlert s={sub} />
            {watched && (
              <Section
                title={t.progress.heading}
                actions={
                  <Button size="small" onClick={() => setWatched(null)}>
                    {t.close}
                  </Button>
                }
              >
                <Progress watched={watched} />
              </Section>
            )}
            <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'repeat(2, minmax(0, 1fr))' } }}>
              <Wanted s={sub} />
              <OnDevice subscriber={sub} />
            </Box>
            <Section title={t.subscriber.history}>
              <ChangeList subscriberID={sub.id} />
            </Section>
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}

function SyncAlert({ s }: { s: Subscriber }) {
  if (s.status === 'pending') return <Alert severity="info">{t.subscriber.pendingText}</Alert>
  if (s.sync.state === 'in_sync' || !s.sync.reason) return null
  return (
    <Alert severity={s.sync.state === 'stuck' ? 'error' : s.sync.state === 'pending' ? 'info' : 'warning'}>
      <strong>{t.sync[s.sync.state]}</strong> ({t.since} <When at={s.sync.since} />): {s.sync.reason}
    </Alert>
  )
}

function Wanted({ s }: { s: Subscriber }) {
  const { needs } = useSession()
  return (
    <Section
      title={t.subscriber.wanted}
      actions={
        s.status !== 'ended' &&
        !needs('operator') && (
          <Button size="small" component={RouterLink} to={`${subscriberPath(s.id)}/edit`}>
            {t.edit}
          </Button>
        )
      }
    >
      <Facts
        rows={[
          [t.subscriber.status, <SubscriberStatus key="s" value={s.status} />],
          [t.subscriber.description, s.description],
          [t.subscriber.device, s.device_id ? <Link to={devicePath(s.device_id)}>{s.gam_name}</Link> : t.subscriber.notPlaced],
          [t.device.site, s.site_name],
          [t.subscriber.port, s.port ? s.device_id ? <Link to={`${devicePath(s.device_id)}?port=${s.port}`}>{t.endpoint.onPort(s.port)}</Link> : s.port : t.subscriber.whereverItIs],
          [
            t.subscriber.endpoint,
            s.endpoint_mac ? (
              <Link to={`/endpoints/${encodeURIComponent(s.endpoint_mac)}`} className="mac">
                {s.endpoint_mac}
              </Link>
            ) : (
              t.none
            ),
          ],
          [t.subscriber.plan, s.plan_name || t.none],
          [t.subscriber.vlan, s.vlan_id ? `${s.vlan_id} (${s.vlan_allocated ? t.subscriber.allocated : t.subscriber.given}, ${t.subscriber.taggingShort[s.tagging]})` : t.subscriber.notYet],
          [t.subscriber.remapped, s.remapped_vlan_id],
          [t.subscriber.port2, s.port2_vlan_id],
          [t.subscriber.allowed, showVLANs(s.allowed_vlans)],
          [t.subscriber.trunk, s.trunk && t.yes],
          [t.subscriber.doubleTag, s.double_tag && t.subscriber.doubleTagText(s.double_tag.outer_vlan_id, s.double_tag.nni ?? t.subscriber.nniDefault)],
          [t.subscriber.poe, s.poe && t.yes],
          [t.subscriber.deviceName, s.device_name && <code>{s.device_name}</code>],
          [t.subscriber.external, s.external.length > 0 && s.external.map((e) => e.customer_id).join(', ')],
          [t.notes, s.notes && <span style={{ whiteSpace: 'pre-wrap' }}>{s.notes}</span>],
          [t.subscriber.created, <When key="c" at={s.created_at} />],
          [t.subscriber.updated, <When key="u" at={s.updated_at} />],
        ]}
      />
    </Section>
  )
}
