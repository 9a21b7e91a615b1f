// Language, theme and sound of the window. Stored by the program, in force at once.
import { preferences, setPreferences, type Preferences as Kept } from '../ipc'
import { toasts } from '../ui/toasts.svelte'
import { language, spoken } from '../words/catalogue.svelte'

/** The preferences, and what they do to the window. */
export class Preferences {
  kept = $state.raw<Kept>({ language: null, theme: 'system', sound: true, last_screen: 'orders' })
  #systemIsDark = $state(false)

  /** What the window looks like now. */
  readonly dark = $derived(this.kept.theme === 'system' ? this.#systemIsDark : this.kept.theme === 'dark')

  /** Reads them and follows the system's colours from now on. */
  async start(): Promise<void> {
    const system = matchMedia('(prefers-color-scheme: dark)')
    this.#systemIsDark = system.matches
    system.addEventListener('change', () => (this.#systemIsDark = system.matches))
    try {
      this.kept = await preferences()
    } catch (thrown) {
      // The window works without them; that they are gone is worth saying.
      toasts.failed(thrown)
    }
    this.#speak()
  }

  /** Changes some of them. */
  change(some: Partial<Kept>): void {
    this.kept = { ...this.kept, ...some }
    this.#speak()
    setPreferences(this.kept).catch((thrown: unknown) => toasts.failed(thrown))
  }

  #speak(): void {
    language.tag = spoken([this.kept.language, ...navigator.languages])
  }
}
