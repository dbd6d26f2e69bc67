// Subscribers as a CSV file: where it comes from, and when it may be taken.
import type { components } from '../api/schema'
import { t } from '../texts'
import { apiQuery, type ListState } from './listparams'

export type ImportResult = components['schemas']['ImportResult']

export const maxFileBytes = 32 << 20

/** The address of the file with exactly what a list shows, on all pages. */
export function exportHref(s: ListState): string {
  const q = new URLSearchParams()
  for (const [k, v] of Object.entries(apiQuery(s))) if (k !== 'limit' && k !== 'cursor') q.set(k, String(v))
  const text = q.toString()
  return '/api/v1/subscribers:export' + (text && `?${text}`)
}

/** How many lines of a checked file would change something. */
export const changesOf = (r: ImportResult) => r.created + r.updated + r.ended

/** Why a checked file cannot be imported, null when it can. */
export function importWhy(r: ImportResult | undefined, skip: boolean): string | null {
  if (!r) return t.file.chooseFirst
  if (r.failed > 0 && !skip) return t.file.correctFirst
  if (changesOf(r) === 0) return t.file.nothingToDo
  return null
}
