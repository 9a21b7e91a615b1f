// The words for a problem, by its code. The technical text stays one click away.
import { Problem } from '../ipc'
import { say } from './catalogue.svelte'

/** A problem as a person reads it. */
export interface ErrorText {
  title: string
  hint: string
  /** For support: code, place and technical text. */
  technical: string
}

/** The words for what was thrown. */
export function explain(thrown: unknown): ErrorText {
  const problem = Problem.of(thrown)
  const [title = problem.message, hint = ''] = say().problem[problem.code] ?? []
  const where = problem.field === null ? '' : ` (${problem.field})`
  return { title, hint, technical: `${problem.code}${where}: ${problem.message}` }
}
