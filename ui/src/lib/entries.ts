// What a step changes, member by member.

type Value = string | number | boolean | null | undefined | object

export interface EntryDiff {
  name: string
  before: string
  after: string
}

interface AnyEntry {
  profile?: object
  endpoint?: object
  subscriber?: object
  port?: object
}

const body = (e: AnyEntry | null | undefined): Record<string, Value> => ({ ...(e?.profile ?? e?.endpoint ?? e?.subscriber ?? e?.port) })

const show = (v: Value): string => {
  if (v === null || v === undefined || v === '') return ''
  if (Array.isArray(v)) return v.join(', ')
  if (typeof v === 'boolean') return v ? 'yes' : 'no'
  return typeof v === 'object' ? JSON.stringify(v) : String(v)
}

// The device's own numbers say nothing to people, and zeroes stand for none.
const hidden = new Set(['id'])
const empty = (v: Value) => v === undefined || v === null || v === '' || v === 0 || v === false || (Array.isArray(v) && v.length === 0)

/** The members that differ; of an added or removed entry, those that say something. */
export function entryDiff(before: AnyEntry | null | undefined, after: AnyEntry | null | undefined): EntryDiff[] {
  const b = body(before)
  const a = body(after)
  const out: EntryDiff[] = []
  for (const name of new Set([...Object.keys(b), ...Object.keys(a)])) {
    if (hidden.has(name)) continue
    const one = before && after ? show(b[name]) !== show(a[name]) : !empty(before ? b[name] : a[name])
    // That a port is not up is the news itself.
    const text = (v: Value) => (v === false && name === 'admin_up' ? show(v) : empty(v) ? '' : show(v))
    if (one) out.push({ name, before: text(b[name]), after: text(a[name]) })
  }
  return out
}
