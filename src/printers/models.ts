// What a printer can be told to be, as a person finds it in a list.
import type { ProfileView } from '../ipc'

/** The words that a choice is made of. */
export interface ModelWords {
  papers: Record<string, string>
  modelFacts: (mm: number, columns: number) => string
}

/** Papers in their own order, then models by maker and name. */
export function choicesOf(profiles: ProfileView[], words: ModelWords): { value: string; word: string; beside: string }[] {
  const choice = ({ id, maker, paper_mm, columns }: ProfileView) => ({ value: id, word: maker === null ? (words.papers[id] ?? id) : `${maker} ${id}`, beside: words.modelFacts(paper_mm, columns) })
  const papers = profiles.filter(({ maker }) => maker === null).map(choice)
  const models = profiles.filter(({ maker }) => maker !== null).map(choice)
  return [...papers, ...models.sort((one, other) => one.word.localeCompare(other.word, 'en', { numeric: true }))]
}

/** Characters in a row as somebody typed them: `null` for as many as the model has, `undefined` for what is no such number. */
export function charactersOf(typed: string): number | null | undefined {
  const text = typed.trim()
  if (text === '') return null
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 0
  return number >= 16 && number <= 96 ? number : undefined
}
