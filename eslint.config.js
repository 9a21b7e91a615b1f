// What the compiler does not hold: no circles (src/imports.test.ts counts type imports too), and arrows that only go down.
import importX, { createNodeResolver } from 'eslint-plugin-import-x'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import tseslint from 'typescript-eslint'

const screens = ['orders', 'printers', 'session', 'settings', 'frame']
const only = (name, allowed) => ({
  target: `./src/${name}`,
  from: './src',
  except: [`./${name}`, ...allowed],
  message: `${name}/ imports its own folder${allowed.length > 0 ? ` and ${allowed.join(', ')}` : ''} only.`,
})
const behindTheDoor = [
  { group: ['@tauri-apps/*'], message: 'Only ipc.ts speaks with the program behind the window.' },
  { group: ['**/bindings'], message: 'Take it from ipc.ts.' },
]

export default tseslint.config(
  { ignores: ['dist', 'target', 'node_modules', 'src-tauri', 'fonts', '.demo', 'src/bindings.ts', 'scripts', 'tests/e2e', 'tests/realtime', 'server', 'virtual-printer', 'docs'] },
  ...tseslint.configs.strict,
  ...svelte.configs.recommended,
  {
    // The script of a component is TypeScript, whichever file asks for it.
    languageOptions: { globals: { ...globals.browser }, parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.svelte'] } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts', '.svelte'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'], 'svelte-eslint-parser': ['.svelte'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.svelte'] })],
    },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-unresolved': ['error', { ignore: ['^@lucide/', '^bits-ui', '^svelte', '^@tauri-apps/', '^@fontsource', '^vite', '^vitest', '^node:', '^playwright', '\\.css$'] }],
      'import-x/no-restricted-paths': ['error', { zones: [
        ...screens.map((screen) => only(screen, ['./ui', './words', './ipc.ts'])),
        only('ui', []),
        only('words', ['./ui/sign.ts', './ipc.ts']),
      ] }],
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: behindTheDoor }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // Ours hold for the length of a function and change nothing on the screen.
      'svelte/prefer-svelte-reactivity': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  { files: ['src/ipc.ts', 'src/**/*.test.ts', 'tests/ui/scripted/*.ts'], rules: { '@typescript-eslint/no-restricted-imports': 'off' } },
  // What the script of a test throws is what a command answers: a plain object.
  { files: ['tests/ui/scripted/*.ts'], rules: { '@typescript-eslint/only-throw-error': 'off' } },
)
