// ESLint's import-x/no-cycle leaves type imports out; this counts them too.
import { expect, test } from 'vitest'

const sources: Record<string, string> = import.meta.glob('./**/*.{ts,svelte}', { query: '?raw', import: 'default', eager: true })

function importsOf(file: string): string[] {
  const imported = [...(sources[file] ?? '').matchAll(/(?:from|import) '(\.[^']+)'/g)]
  return imported.flatMap(([, source = '']) => {
    const path = `.${new URL(source, new URL(file, 'http://src/')).pathname}`
    const found = ['', '.ts', '.svelte'].map((ending) => path + ending).find((candidate) => candidate in sources)
    return found === undefined ? [] : [found]
  })
}

/** The first way from a file back to itself. */
function circle(file: string, way: string[], seen: Set<string>): string[] | null {
  if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
  if (seen.has(file)) return null
  seen.add(file)
  for (const next of importsOf(file)) {
    const found = circle(next, [...way, file], seen)
    if (found !== null) return found
  }
  return null
}

test('no module imports itself by a detour, for a type neither', () => {
  expect(Object.keys(sources).length).toBeGreaterThan(80)
  expect(importsOf('./App.svelte')).toContain('./frame/Frame.svelte')
  const seen = new Set<string>()
  expect(Object.keys(sources).map((file) => circle(file, [], seen)).filter((found) => found !== null)).toEqual([])
})
