// Short answers to what somebody just did. What lasts is a banner, not one of these.

const GOOD_MS = 5_000
const BAD_MS = 20_000

/** What a person reads of something that failed. */
export interface Told {
  title: string
  hint: string
  technical: string
}

/** One answer. */
export interface Toast {
  id: number
  title: string
  hint: string
  technical: string | null
  bad: boolean
}

class Toasts {
  /** On the screen, newest last. */
  shown = $state.raw<Toast[]>([])
  /** Puts what was thrown into words; whoever knows the language sets it. */
  explain: (thrown: unknown) => Told = (thrown) => ({ title: String(thrown), hint: '', technical: String(thrown) })
  #next = 1

  /** It went well. */
  good(title: string): void {
    this.#show({ title, hint: '', technical: null, bad: false }, GOOD_MS)
  }

  /** It did not, and stays long enough to be read twice. */
  failed(thrown: unknown): void {
    this.#show({ ...this.explain(thrown), bad: true }, BAD_MS)
  }

  /** Takes one off the screen. */
  take(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id)
  }

  #show(toast: Omit<Toast, 'id'>, ms: number): void {
    const id = this.#next++
    this.shown = [...this.shown.slice(-2), { ...toast, id }]
    setTimeout(() => this.take(id), ms)
  }
}

export const toasts = new Toasts()
