// Builds the screens with the scripted counter once and serves them on a free port for as long as the tests run.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, preview } from 'vite'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    url: string
  }
}

const root = join(import.meta.dirname, '..', '..')

export default async function serve(project: TestProject): Promise<() => Promise<void>> {
  const outDir = mkdtempSync(join(tmpdir(), 'panbot-screens-'))
  await build({ root, mode: 'mock', logLevel: 'warn', build: { outDir, minify: false } })
  const server = await preview({ root, mode: 'mock', logLevel: 'warn', build: { outDir }, preview: { host: '127.0.0.1', port: 0, strictPort: false } })
  const url = server.resolvedUrls?.local[0]
  if (url === undefined) throw new Error('the screens are served nowhere')
  project.provide('url', url)
  return async () => {
    await server.close()
    rmSync(outDir, { recursive: true })
  }
}
