// What went wrong, as the server says it (RFC 9457), or as the browser does
// when there was no answer.
import { t } from '../texts'

export interface FieldProblem {
  field: string
  code?: string
  message: string
}

export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly fields: FieldProblem[]

  constructor(status: number, code: string, title: string, detail: string, fields: FieldProblem[] = []) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.title = title
    this.fields = fields
  }

  /** The refusal of one field, "" when it was not refused. */
  field(name: string): string {
    return this.fields
      .filter((f) => f.field === name)
      .map((f) => f.message)
      .join('; ')
  }
}

/** Reads any error body; a proxy's HTML page becomes a plain sentence. */
export function problemOf(status: number, body: unknown): Problem {
  if (body && typeof body === 'object') {
    const b = body as Record<string, unknown>
    const fields = Array.isArray(b.errors) ? (b.errors as FieldProblem[]).filter((f) => typeof f?.message === 'string') : []
    if (typeof b.detail === 'string' || typeof b.title === 'string') {
      return new Problem(status, String(b.code ?? ''), String(b.title ?? ''), String(b.detail || b.title), fields)
    }
  }
  return new Problem(status, 'http', t.problem.httpTitle, t.problem.http(status))
}

/** Whatever was thrown, as a Problem. */
export function asProblem(err: unknown): Problem {
  if (err instanceof Problem) return err
  if (err instanceof DOMException && err.name === 'AbortError') return new Problem(0, 'aborted', t.problem.abortedTitle, t.problem.aborted)
  if (err instanceof TypeError) return new Problem(0, 'offline', t.problem.offlineTitle, t.problem.offline)
  return new Problem(0, 'page', t.problem.pageTitle, err instanceof Error ? err.message : String(err))
}
