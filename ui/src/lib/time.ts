// Times as people read them: in the viewer's zone, short on the page and exact
// on hover.

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' })
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** A time the server sent, or null for absent and for Go's zero time. */
export function parseTime(text: string | null | undefined): Date | null {
  if (!text || text.startsWith('0001-')) return null
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? null : at
}

export const exactTime = (at: Date) => exact.format(at)
export const dayTime = (at: Date) => day.format(at)

const units: [limit: number, seconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [90, 1, 'second'],
  [90 * 60, 60, 'minute'],
  [36 * 3600, 3600, 'hour'],
  [45 * 86400, 86400, 'day'],
  [Infinity, 30 * 86400, 'month'],
]
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' })

/** "5 min. ago", "in 2 hr."; anything under five seconds is "now". */
export function ago(at: Date, now: number): string {
  const s = Math.round((at.getTime() - now) / 1000)
  if (Math.abs(s) < 5) return relative.format(0, 'second')
  for (const [limit, size, unit] of units) {
    if (Math.abs(s) < limit) return relative.format(Math.round(s / size), unit)
  }
  return dayTime(at)
}

/** "3 d 4 h", "12 min", "9 s": a length of time in its two largest units. */
export function duration(seconds: number | null | undefined): string {
  if (seconds == null || seconds < 0) return ''
  const parts: string[] = []
  let rest = Math.floor(seconds)
  for (const [size, name] of [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']] as const) {
    const n = Math.floor(rest / size)
    rest -= n * size
    if (n > 0) parts.push(`${n} ${name}`)
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts.join(' ') || '0 s'
}
