import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/ui/**/*.spec.ts'],
    environment: 'node',
    globalSetup: ['tests/ui/serve.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
})
