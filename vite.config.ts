import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'

// `vite --mode mock` shows the screens with a scripted counter behind them: no Rust, no backend, no printer.
function scriptedCounter(): Plugin {
  return {
    name: 'scripted-counter',
    // Before the page is read, so that a build takes the script along as it does the screens.
    transformIndexHtml: {
      order: 'pre',
      handler: () => [{ tag: 'script', attrs: { type: 'module', src: '/tests/ui/scripted/start.ts' }, injectTo: 'head' }],
    },
  }
}

export default defineConfig(({ mode }) => ({
  plugins: [svelte(), mode === 'mock' ? scriptedCounter() : null],
  clearScreen: false,
  server: {
    host: '127.0.0.1',
    port: 1420,
    strictPort: true,
    watch: { ignored: ['**/target/**', '**/src-tauri/**', '**/.demo/**', '**/fonts/**', '**/tests/ui/shots/**'] },
  },
  // The webviews that we live in: WebKitGTK and WKWebView, and WebView2.
  // Fonts stay files: the window's content policy allows no data: address for them.
  build: { outDir: 'dist', emptyOutDir: true, target: ['safari16', 'chrome111'], assetsInlineLimit: 0, sourcemap: false },
}))
