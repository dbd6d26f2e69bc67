// The frame around every page: navigation, search, who is signed in, and
// whether the live connection holds.
import AccountCircle from '@mui/icons-material/AccountCircle'
import DarkMode from '@mui/icons-material/DarkModeOutlined'
import LightMode from '@mui/icons-material/LightModeOutlined'
import MenuIcon from '@mui/icons-material/Menu'
import SettingsBrightness from '@mui/icons-material/SettingsBrightness'
import Alert from '@mui/material/Alert'
import AppBar from '@mui/material/AppBar'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import Divider from '@mui/material/Divider'
import Drawer from '@mui/material/Drawer'
import IconButton from '@mui/material/IconButton'
import ListItemText from '@mui/material/ListItemText'
import Menu from '@mui/material/Menu'
import MenuItem from '@mui/material/MenuItem'
import Stack from '@mui/material/Stack'
import Toolbar from '@mui/material/Toolbar'
import Tooltip from '@mui/material/Tooltip'
import Typography from '@mui/material/Typography'
import { useColorScheme } from '@mui/material/styles'
import { useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Outlet, useLocation, useNavigation } from 'react-router'
import LinearProgress from '@mui/material/LinearProgress'
import { answerLogin, loginWanted, onLoginWanted } from '../api/gate'
import { SignInForm } from '../pages/SignIn'
import { Link } from '../parts/Link'
import { Logo } from '../parts/Logo'
import { When } from '../parts/When'
import { t } from '../texts'
import { useLive } from './live'
import { Nav } from './Nav'
import { Search } from './Search'
import { useSession } from './session'

const drawerWidth = 224

const PasswordForm = lazy(() => import('../pages/AccountForms').then((m) => ({ default: m.PasswordForm })))

export function Shell() {
  const [open, setOpen] = useState(false)
  const { pathname } = useLocation()
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)
  // A new page begins at its top, and the keyboard's focus goes there too.
  useEffect(() => {
    setOpen(false)
    if (first.current) first.current = false
    else {
      window.scrollTo(0, 0)
      main.current?.focus({ preventScroll: true })
    }
  }, [pathname])
  const moving = useNavigation().state !== 'idle'

  return (
    <Box sx={{ display: 'flex', minHeight: '100dvh' }}>
      <Box
        component="a"
        href="#main"
        onClick={(e) => {
          e.preventDefault()
          main.current?.focus()
        }}
        sx={{ position: 'fixed', left: 8, top: -60, zIndex: 2000, p: 1, bgcolor: 'background.paper', borderRadius: 1, '&:focus': { top: 8 } }}
      >
        {t.skip}
      </Box>
      <AppBar
        position="fixed"
        color="inherit"
        elevation={0}
        sx={{ borderBottom: 1, borderColor: 'divider', bgcolor: 'background.paper', zIndex: (th) => th.zIndex.drawer + 1 }}
      >
        <Toolbar sx={{ gap: { xs: 0.5, sm: 1.5 }, minHeight: { xs: 56, sm: 60 }, px: { xs: 1, sm: 2 } }}>
          <IconButton aria-label={t.nav.open} onClick={() => setOpen((o) => !o)} sx={{ display: { md: 'none' } }}>
            <MenuIcon />
          </IconButton>
          <Link to="/" underline="none" color="inherit" aria-label={t.product} sx={{ display: { xs: 'none', sm: 'flex' }, alignItems: 'center', gap: 1, width: { md: drawerWidth - 24 } }}>
            <Logo />
            <Typography component="span" sx={{ fontWeight: 700, fontSize: '1.1rem', letterSpacing: '-0.01em', display: { xs: 'none', md: 'inline' } }}>
              {t.product}
            </Typography>
          </Link>
          <Search />
          <Box sx={{ flex: 1 }} />
          <LiveDot />
          <ThemeButton />
          <UserButton />
        </Toolbar>
        {moving && <LinearProgress sx={{ height: 2, position: 'absolute', insetInline: 0, bottom: -2 }} />}
      </AppBar>
      <Drawer
        variant="temporary"
        open={open}
        onClose={() => setOpen(false)}
        ModalProps={{ keepMounted: false }}
        sx={{ display: { md: 'none' }, '& .MuiDrawer-paper': { width: drawerWidth + 40 } }}
      >
        <Toolbar />
        <Nav />
      </Drawer>
      <Drawer
        variant="permanent"
        sx={{ display: { xs: 'none', md: 'block' }, width: drawerWidth, flexShrink: 0, '& .MuiDrawer-paper': { width: drawerWidth, bgcolor: 'background.paper' } }}
      >
        <Toolbar />
        <Nav />
      </Drawer>
      <Box component="main" id="main" ref={main} tabIndex={-1} sx={{ flex: 1, minWidth: 0, outline: 'none' }}>
        <Toolbar sx={{ minHeight: { xs: 56, sm: 60 } }} />
        <LostBanner />
        <Box sx={{ p: { xs: 2, sm: 3 }, maxWidth: 1680, mx: 'auto' }}>
          <Outlet />
        </Box>
      </Box>
      <LoginAgain />
    </Box>
  )
}

function LostBanner() {
  const live = useLive()
  const [show, setShow] = useState(false)
  // A blink of the connection is not worth a banner.
  useEffect(() => {
    if (live.state !== 'lost') {
      setShow(false)
      return
    }
    const timer = setTimeout(() => setShow(true), 2500)
    return () => clearTimeout(timer)
  }, [live.state])
  if (!show) return null
  return (
    <Alert severity="warning" role="status" sx={{ borderRadius: 0 }}>
      {t.live.lostBanner} <When at={live.since} />.
    </Alert>
  )
}

function LiveDot() {
  const { state } = useLive()
  const text = t.live[state]
  const color = state === 'live' ? 'success.main' : state === 'lost' ? 'error.main' : 'text.secondary'
  return (
    <Tooltip title={text}>
      <Box role="img" aria-label={text} tabIndex={0} sx={{ display: 'flex', alignItems: 'center', gap: 0.75, color, fontSize: '0.8rem', px: 0.5 }}>
        <Box
          sx={{
            width: 9,
            height: 9,
            borderRadius: state === 'lost' ? 0 : '50%',
            border: 2,
            borderColor: 'currentColor',
            bgcolor: state === 'live' ? 'currentColor' : 'transparent',
          }}
        />
        <Box component="span" aria-hidden sx={{ display: { xs: 'none', lg: 'inline' } }}>
          {t.live.short[state]}
        </Box>
      </Box>
    </Tooltip>
  )
}

function ThemeButton() {
  const { mode, setMode } = useColorScheme()
  const next = mode === 'system' ? 'light' : mode === 'light' ? 'dark' : 'system'
  const icon = mode === 'dark' ? <DarkMode /> : mode === 'light' ? <LightMode /> : <SettingsBrightness />
  const label = t.theme.button(t.theme[mode ?? 'system'], t.theme[next])
  return (
    <Tooltip title={label}>
      <IconButton aria-label={label} onClick={() => setMode(next)}>
        {icon}
      </IconButton>
    </Tooltip>
  )
}

function UserButton() {
  const { user, signOut } = useSession()
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const [changing, setChanging] = useState(false)
  return (
    <>
      <Tooltip title={user.name}>
        <IconButton aria-label={t.account.menu(user.name)} aria-haspopup="menu" onClick={(e) => setAnchor(e.currentTarget)}>
          <AccountCircle />
        </IconButton>
      </Tooltip>
      <Menu open={Boolean(anchor)} anchorEl={anchor} onClose={() => setAnchor(null)}>
        <ListItemText sx={{ px: 2, py: 0.5 }} primary={user.name} secondary={t.roles[user.role as keyof typeof t.roles] ?? user.role} />
        <Divider />
        <MenuItem component="a" href="/docs" target="_blank" rel="noopener">
          {t.account.apiDocs}
        </MenuItem>
        <MenuItem
          onClick={() => {
            setAnchor(null)
            setChanging(true)
          }}
        >
          {t.account.changePassword}
        </MenuItem>
        <MenuItem onClick={() => void signOut()}>{t.account.signOut}</MenuItem>
      </Menu>
      {changing && (
        <Suspense fallback={null}>
          <PasswordForm onClose={() => setChanging(false)} />
        </Suspense>
      )}
    </>
  )
}

/** Over any page when the session has ended; the page below keeps its state. */
function LoginAgain() {
  const wanted = useSyncExternalStore(onLoginWanted, loginWanted)
  const { user } = useSession()
  const queries = useQueryClient()
  return (
    <Dialog open={wanted} maxWidth="xs" aria-labelledby="again-title">
      <DialogTitle id="again-title">{t.signIn.againTitle}</DialogTitle>
      <DialogContent>
        <Stack spacing={2}>
          <Typography>{t.signIn.again}</Typography>
          {wanted && (
            <SignInForm
              name={user.name}
              onDone={(s) => {
                queries.setQueryData(['session'], s)
                answerLogin(true)
                void queries.invalidateQueries({ predicate: (q) => q.queryKey[0] !== 'session' })
              }}
              onCancel={() => {
                answerLogin(false)
                queries.clear()
                queries.setQueryData(['session'], null)
              }}
            />
          )}
        </Stack>
      </DialogContent>
    </Dialog>
  )
}

/** When a page itself fails to draw. */
export function PageFailure({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <Alert
      severity="error"
      sx={{ m: 2 }}
      action={
        <Button color="inherit" onClick={reset}>
          {t.retry}
        </Button>
      }
    >
      {t.pageFailure} {error instanceof Error ? error.message : ''}
    </Alert>
  )
}
