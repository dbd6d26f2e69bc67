// One theme for light and dark. Colours meet WCAG AA on their grounds; where a
// colour means something, a shape or a word says it too.
import { createTheme } from '@mui/material/styles'

declare module '@mui/material/styles' {
  interface Palette {
    plate: { body: string; edge: string; well: string; text: string }
  }
  interface PaletteOptions {
    plate?: { body: string; edge: string; well: string; text: string }
  }
}

export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'data-theme' },
  colorSchemes: {
    light: {
      palette: {
        primary: { main: '#0f766e' },
        secondary: { main: '#4f46e5' },
        success: { main: '#15803d' },
        warning: { main: '#b45309' },
        error: { main: '#c81e1e' },
        info: { main: '#0369a1' },
        background: { default: '#f5f7f8', paper: '#ffffff' },
        text: { primary: '#16202a', secondary: '#52606d' },
        divider: '#dde3e8',
        plate: { body: '#2b3440', edge: '#1c232c', well: '#161c23', text: '#dbe4ec' },
      },
    },
    dark: {
      palette: {
        primary: { main: '#2dd4bf' },
        secondary: { main: '#a5b4fc' },
        success: { main: '#4ade80' },
        warning: { main: '#fbbf24' },
        error: { main: '#f87171' },
        info: { main: '#7dd3fc' },
        background: { default: '#0f1419', paper: '#171d24' },
        text: { primary: '#e6edf3', secondary: '#9aa7b4' },
        divider: '#2a333d',
        plate: { body: '#27303a', edge: '#11161b', well: '#0b0f13', text: '#dbe4ec' },
      },
    },
  },
  shape: { borderRadius: 8 },
  typography: {
    fontFamily: '"Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
    fontSize: 14,
    h1: { fontSize: '1.5rem', fontWeight: 650, letterSpacing: '-0.01em' },
    h2: { fontSize: '1.125rem', fontWeight: 600 },
    h3: { fontSize: '1rem', fontWeight: 600 },
    button: { textTransform: 'none', fontWeight: 550 },
  },
  components: {
    MuiCssBaseline: {
      styleOverrides: {
        body: { overflowWrap: 'anywhere' },
        code: { fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace', fontSize: '0.92em' },
        '.num': { fontVariantNumeric: 'tabular-nums' },
        '.mac': { fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace', fontSize: '0.92em', whiteSpace: 'nowrap' },
      },
    },
    MuiPaper: { defaultProps: { elevation: 0 }, styleOverrides: { root: { backgroundImage: 'none' } } },
    MuiCard: { defaultProps: { variant: 'outlined' } },
    MuiButton: { defaultProps: { disableElevation: true }, styleOverrides: { root: { whiteSpace: 'nowrap' } } },
    MuiTextField: { defaultProps: { size: 'small', fullWidth: true } },
    MuiTooltip: { defaultProps: { arrow: true, enterTouchDelay: 300 } },
    MuiTableCell: { styleOverrides: { root: { overflowWrap: 'break-word' }, head: { fontWeight: 600 } } },
    MuiTab: { styleOverrides: { root: { minHeight: 44 } } },
    MuiChip: { styleOverrides: { root: { fontWeight: 500, verticalAlign: 'middle' } } },
    MuiDialogActions: { styleOverrides: { root: { flexWrap: 'wrap', rowGap: 4 } } },
    MuiDialog: { defaultProps: { fullWidth: true, maxWidth: 'sm' } },
  },
})
