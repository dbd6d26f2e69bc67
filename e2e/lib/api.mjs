// The REST API as a script sees it: signs in and sends the CSRF token.

/** @param {{url: string, user: string, password: string}} server */
export async function signIn(server) {
  const first = await fetch(server.url + '/api/v1/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: server.user, password: server.password }),
  })
  if (!first.ok) throw new Error(`sign in: ${first.status} ${await first.text()}`)
  const cookie = first.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ')
  const { csrf_token: csrf } = await first.json()

  async function call(method, path, body, more = {}) {
    const headers = { Cookie: cookie, 'X-CSRF-Token': csrf, ...more }
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    const res = await fetch(server.url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
    const text = await res.text()
    if (!res.ok) throw new Error(`${method} ${path}: ${res.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  return {
    get: (path) => call('GET', path),
    post: (path, body, headers) => call('POST', path, body, headers),
    patch: (path, body, headers) => call('PATCH', path, body, headers),
    del: (path) => call('DELETE', path),
  }
}

/**
 * Asks again until the answer is good, with a deadline that names what was
 * waited for.
 */
export async function until(what, ask, limitMS = 30_000, everyMS = 200) {
  const end = Date.now() + limitMS
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (Date.now() > end) throw new Error(`waited ${limitMS / 1000} s for ${what}`)
    await new Promise((r) => setTimeout(r, everyMS))
  }
}
