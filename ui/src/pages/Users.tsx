import Add from '@mui/icons-material/Add'
import Alert from '@mui/material/Alert'
import Chip from '@mui/material/Chip'
import Stack from '@mui/material/Stack'
import Table from '@mui/material/Table'
import TableBody from '@mui/material/TableBody'
import TableCell from '@mui/material/TableCell'
import TableContainer from '@mui/material/TableContainer'
import TableHead from '@mui/material/TableHead'
import TableRow from '@mui/material/TableRow'
import visuallyHidden from '@mui/utils/visuallyHidden'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, take } from '../api/client'
import { useTokens, useUsers } from '../api/queries'
import type { Token, User } from '../api/types'
import { useSession, type Role } from '../app/session'
import { ActButton } from '../parts/ActButton'
import { Confirm } from '../parts/Confirm'
import { Empty } from '../parts/Empty'
import { Section } from '../parts/Facts'
import { Loaded } from '../parts/Loaded'
import { Page } from '../parts/Page'
import { When } from '../parts/When'
import { t } from '../texts'
import { TokenForm, UserForm } from './AccountForms'

export function Component() {
  const { needs } = useSession()
  const why = needs('admin')
  return (
    <Page title={t.nav.users}>
      {why ? (
        <Alert severity="info">{why}</Alert>
      ) : (
        <Stack spacing={2}>
          <Users />
          <Tokens />
        </Stack>
      )}
    </Page>
  )
}

function Users() {
  const query = useUsers()
  const [open, setOpen] = useState<User | 'new' | null>(null)
  return (
    <Section
      title={t.users.people}
      actions={
        <ActButton variant="contained" startIcon={<Add />} onClick={() => setOpen('new')}>
          {t.users.add}
        </ActButton>
      }
    >
      <Loaded query={query}>
        {(page) => (
          <TableContainer sx={{ position: 'relative' }}>
            <Table size="small" aria-label={t.users.people}>
              <TableHead>
                <TableRow>
                  <TableCell>{t.users.name}</TableCell>
                  <TableCell>{t.users.role}</TableCell>
                  <TableCell>{t.users.lastLogin}</TableCell>
                  <TableCell>
                    <span style={visuallyHidden}>{t.actions}</span>
                  </TableCell>
                </TableRow>
              </TableHead>
              <TableBody>
                {page.items.map((u) => (
                  <TableRow key={u.id}>
                    <TableCell>
                      {u.name} {u.disabled && <Chip size="small" label={t.users.disabled} />}
                    </TableCell>
                    <TableCell>{t.roles[u.role as Role]}</TableCell>
                    <TableCell>
                      <When at={u.last_login_at} />
                    </TableCell>
                    <TableCell align="right">
                      <ActButton size="small" aria-label={t.users.editLabel(u.name)} onClick={() => setOpen(u)}>
                        {t.edit}
                      </ActButton>
                    </TableCell>
                  </TableRow>
                ))}
              </TableBody>
            </Table>
          </TableContainer>
        )}
      </Loaded>
      {open && <UserForm was={open === 'new' ? null : open} onClose={() => setOpen(null)} />}
    </Section>
  )
}

function Tokens() {
  const query = useTokens()
  const queries = useQueryClient()
  const [adding, setAdding] = useState(false)
  const [revoking, setRevoking] = useState<Token | null>(null)
  const add = (
    <ActButton variant="contained" startIcon={<Add />} onClick={() => setAdding(true)}>
      {t.users.addToken}
    </ActButton>
  )
  return (
    <Section title={t.users.tokens} actions={add}>
      <Loaded query={query}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title={t.users.noTokens} hint={t.users.tokensHint} />
          ) : (
            <TableContainer sx={{ position: 'relative' }}>
              <Table size="small" aria-label={t.users.tokens}>
                <TableHead>
                  <TableRow>
                    <TableCell>{t.users.name}</TableCell>
                    <TableCell>{t.users.role}</TableCell>
                    <TableCell>{t.users.expires}</TableCell>
                    <TableCell>{t.users.lastUsed}</TableCell>
                    <TableCell>{t.users.createdBy}</TableCell>
                    <TableCell>
                    <span style={visuallyHidden}>{t.actions}</span>
                  </TableCell>
                  </TableRow>
                </TableHead>
                <TableBody>
                  {page.items.map((x) => (
                    <TableRow key={x.id}>
                      <TableCell>{x.name}</TableCell>
                      <TableCell>{t.roles[x.role as Role]}</TableCell>
                      <TableCell>
                        <When at={x.expires_at} />
                      </TableCell>
                      <TableCell>
                        <When at={x.last_used_at} />
                      </TableCell>
                      <TableCell>{x.created_by}</TableCell>
                      <TableCell align="right">
                        <ActButton size="small" color="error" aria-label={t.users.revokeLabel(x.name)} onClick={() => setRevoking(x)}>
                          {t.users.revoke}
                        </ActButton>
                      </TableCell>
                    </TableRow>
                  ))}
                </TableBody>
              </Table>
            </TableContainer>
          )
        }
      </Loaded>
      {adding && <TokenForm onClose={() => setAdding(false)} />}
      {revoking && (
        <Confirm
          title={t.users.revokeTitle(revoking.name)}
          action={t.users.revoke}
          danger
          run={async () => {
            await take(api.DELETE('/api/v1/tokens/{id}', { params: { path: { id: revoking.id } } }))
            await queries.invalidateQueries({ queryKey: ['tokens'] })
          }}
          onClose={() => setRevoking(null)}
        >
          {t.users.revokeText}
        </Confirm>
      )}
    </Section>
  )
}
