// Short results of an action. What lasts is a banner.

const GOOD_MS = 5_000
const BAD_MS = 20_000

/** The words for a failure. */
export interface ErrorText {
  title: string
  hint: string
  technical: string
}

/** One result. */
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
  /** The words for what was thrown; set by the part that knows the language. */
  explain: (thrown: unknown) => ErrorText = (thrown) => ({ title: String(thrown), hint: '', technical: String(thrown) })
  #next = 1

  /** Shows a success. */
  good(title: string): void {
    this.#show({ title, hint: '', technical: null, bad: false }, GOOD_MS)
  }

  /** Shows a failure, long enough to be read twice. */
  failed(thrown: unknown): void {
    this.#show({ ...this.explain(thrown), bad: true }, BAD_MS)
  }

  /** Removes one. */
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
