// What failed and what to do, by code. The technical text stays one click away.
import { Problem } from '../ipc'
import { say } from './catalogue.svelte'

/** A problem as a person reads it. */
export interface Told {
  title: string
  hint: string
  /** For support: code, place and technical text. */
  technical: string
}

/** Says what was thrown. */
export function tell(thrown: unknown): Told {
  const problem = Problem.of(thrown)
  const [title = problem.message, hint = ''] = say().problem[problem.code] ?? []
  const where = problem.field === null ? '' : ` (${problem.field})`
  return { title, hint, technical: `${problem.code}${where}: ${problem.message}` }
}
