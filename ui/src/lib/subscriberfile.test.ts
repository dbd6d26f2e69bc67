import { expect, test } from 'vitest'
import { t } from '../texts'
import { exportHref, importWhy, type ImportResult } from './subscriberfile'

test('the file has what the list shows, and no page of it', () => {
  const list = { q: 'a&b', sort: '-name', limit: 50, cursor: 'abc', page: 2, filters: { status: 'active' } }
  expect(exportHref(list)).toBe('/api/v1/subscribers:export?status=active&q=a%26b&sort=-name')
  expect(exportHref({ ...list, q: '', sort: '', filters: {} })).toBe('/api/v1/subscribers:export')
})

test('a file is imported when it is checked, faultless and changes something', () => {
  const r: ImportResult = { dry_run: true, applied: false, total: 3, created: 1, updated: 0, ended: 0, unchanged: 2, failed: 0, errors: [], error_count: 0 }
  expect(importWhy(undefined, false)).toBe(t.file.chooseFirst)
  expect(importWhy(r, false)).toBeNull()
  expect(importWhy({ ...r, failed: 1 }, false)).toBe(t.file.correctFirst)
  expect(importWhy({ ...r, failed: 1 }, true)).toBeNull()
  expect(importWhy({ ...r, created: 0, failed: 3 }, true)).toBe(t.file.nothingToDo)
  expect(importWhy({ ...r, created: 0, ended: 1 }, false)).toBeNull()
})
