// When a session ends in the middle of work, requests wait here while the
// person signs in again, and then go on: nothing typed is lost.

let pending: { promise: Promise<boolean>; resolve: (ok: boolean) => void } | null = null
const listeners = new Set<() => void>()
const tell = () => listeners.forEach((l) => l())

/** Waits for a new sign-in; false when the person gave up. */
export function askLogin(): Promise<boolean> {
  if (!pending) {
    let resolve: (ok: boolean) => void = () => {}
    const promise = new Promise<boolean>((r) => (resolve = r))
    pending = { promise, resolve }
    tell()
  }
  return pending.promise
}

/** Lets the waiting requests go on (true) or fail (false). */
export function answerLogin(ok: boolean) {
  const p = pending
  pending = null
  p?.resolve(ok)
  tell()
}

export const loginWanted = () => pending !== null

export function onLoginWanted(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
