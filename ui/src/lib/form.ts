// Small help for forms: one object of texts, errors beside the fields.
import { useState } from 'react'
import type { Problem } from '../api/problem'

export function useForm<T extends object>(start: T) {
  const [values, setValues] = useState(start)
  const [touched, setTouched] = useState(false)
  const set = <K extends keyof T>(name: K, value: T[K]) => {
    setTouched(true)
    setValues((old) => ({ ...old, [name]: value }))
  }
  return { values, set, setValues, touched }
}

/** error and helperText of a field: the server's refusal, else a hint. */
export function fieldProps(problem: Problem | null, name: string, hint?: string) {
  const text = problem?.field(name) ?? ''
  return { error: text !== '', helperText: text || hint }
}

/** The refused fields that have no place in the form. */
export function elsewhere(problem: Problem | null, names: readonly string[]) {
  return problem?.fields.filter((f) => !names.includes(f.field)) ?? []
}
