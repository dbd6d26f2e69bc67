import Box from '@mui/material/Box'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import MuiLink from '@mui/material/Link'
import { useQuery } from '@tanstack/react-query'
import { Facts, Section } from '../parts/Facts'
import { Loaded } from '../parts/Loaded'
import { api, take } from '../api/client'
import { Page } from '../parts/Page'
import { t } from '../texts'

export function Component() {
  const ready = useQuery({ queryKey: ['ready'], queryFn: ({ signal }) => take(api.GET('/readyz', { signal })), retry: false })
  // The document carries the version of the server that serves it.
  const document = useQuery({
    queryKey: ['openapi'],
    queryFn: async ({ signal }) => (await take(api.GET('/openapi.json', { signal }))) as { info?: { version?: string } },
    staleTime: Infinity,
    refetchInterval: false,
  })
  return (
    <Page title={t.nav.about}>
      <Stack spacing={2} sx={{ maxWidth: 720 }}>
        <Section title={t.product}>
          <Typography sx={{ mb: 1 }}>{t.about.text}</Typography>
          <Typography variant="body2" color="textSecondary" sx={{ mb: 2 }}>
            {t.about.licence}
          </Typography>
          <Box sx={{ mb: 2 }}>
            <Facts rows={[[t.about.version, document.data?.info?.version ?? t.unknown]]} />
          </Box>
          <Stack direction="row" spacing={2}>
            <MuiLink href="/docs">{t.account.apiDocs}</MuiLink>
            <MuiLink href="/openapi.json">{t.about.openapi}</MuiLink>
          </Stack>
        </Section>
        <Section title={t.about.health}>
          <Loaded query={ready}>
            {(h) => (
              <Facts
                rows={[
                  [t.about.state, h.status === 'ok' ? t.about.ok : t.about.unavailable],
                  ...Object.entries(h.checks ?? {}).map(([name, state]): [string, string] => [name, state === 'ok' ? t.about.ok : t.about.failed]),
                ]}
              />
            )}
          </Loaded>
        </Section>
        <Section title={t.about.keys}>
          <Facts rows={t.about.shortcuts.map(([k, what]) => [k, what])} />
        </Section>
      </Stack>
    </Page>
  )
}
