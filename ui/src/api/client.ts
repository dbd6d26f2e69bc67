// The one client of the API: typed by the OpenAPI document, with the CSRF
// token on every write, and patience when the session has ended.
import createClient from 'openapi-fetch'
import { askLogin } from './gate'
import { asProblem, problemOf } from './problem'
import type { paths } from './schema'

let csrf = ''
let signedIn = false

/** Keeps what a sign-in answered; empty when signed out. */
export function keepSession(token: string) {
  csrf = token
  signedIn = token !== ''
}

const reads = new Set(['GET', 'HEAD', 'OPTIONS'])

function send(request: Request): Promise<Response> {
  if (!reads.has(request.method) && csrf) request.headers.set('X-CSRF-Token', csrf)
  return fetch(request)
}

async function patientFetch(request: Request): Promise<Response> {
  const again = request.clone()
  const answer = await send(request)
  if (answer.status !== 401 || !signedIn || isSession(request.url)) return answer
  if (await askLogin()) return send(again)
  return answer
}

const isSession = (url: string) => /\/api\/v1\/(session|setup)$/.test(new URL(url, location.href).pathname)

export const api = createClient<paths>({
  baseUrl: location.origin,
  fetch: patientFetch,
  // "any of" filters are comma lists.
  querySerializer: { array: { style: 'form', explode: false } },
})

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The data of an answer, or its Problem thrown. */
export async function take<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await call
  } catch (err) {
    throw asProblem(err)
  }
  if (!answer.response.ok) throw problemOf(answer.response.status, answer.error)
  return answer.data as T
}
