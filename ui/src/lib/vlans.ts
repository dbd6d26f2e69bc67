// VLAN lists as people type them.

/** "410, 411 420" → [410, 411, 420]; null when a word is no number. */
export function parseVLANs(text: string): number[] | null {
  const words = text.split(/[\s,;]+/).filter(Boolean)
  const out: number[] = []
  for (const w of words) {
    if (!/^\d{1,5}$/.test(w)) return null
    out.push(Number(w))
  }
  return out
}

export const showVLANs = (vlans: readonly number[] | null | undefined) => (vlans ?? []).join(', ')

/** A number typed into an optional field: null for empty, NaN for no number. */
export function optionalNumber(text: string): number | null {
  const s = text.trim()
  if (s === '') return null
  return /^\d+$/.test(s) ? Number(s) : NaN
}
