// The state of the counter behind the window: one snapshot, then every change.
import { onSound, onUpdate, snapshot, type CounterView, type Snapshot, type Update } from './ipc'
import { Orders } from './orders/orders.svelte'
import { Printers } from './printers/printers.svelte'
import { never } from './ui/never'
import { play } from './ui/tone'
import { writeAs } from './words/format.svelte'

/** The counter behind the window. */
export class Counter {
  view = $state.raw<CounterView | null>(null)
  readonly orders = new Orders()
  readonly printers = new Printers()
  /** Why the last snapshot failed. */
  failure = $state.raw<unknown>(null)
  /** Changes received while a snapshot is being fetched; they are newer than it, or equal. */
  #waiting: Update[] | null = null
  /** The snapshot being fetched is already stale. */
  #stale = false

  /** Subscribes to changes, then fetches a snapshot. `loud` says whether sounds are wanted. */
  async start(loud: () => boolean): Promise<void> {
    try {
      await onUpdate((update) => this.apply(update))
      await onSound((sound) => {
        if (loud()) play(sound)
      })
    } catch (thrown) {
      this.failure = thrown
      return
    }
    await this.load()
  }

  /** Fetches a snapshot. When that fails nothing is shown from memory: it may be another restaurant's. */
  async load(): Promise<void> {
    if (this.#waiting !== null) {
      this.#stale = true
      return
    }
    this.failure = null
    try {
      let all: Snapshot
      do {
        this.#stale = false
        this.#waiting = []
        all = await snapshot()
      } while (this.#stale)
      this.#show(all)
      const waiting = this.#waiting
      this.#waiting = null
      for (const update of waiting) this.apply(update)
    } catch (thrown) {
      this.failure = thrown
      this.view = null
    } finally {
      this.#waiting = null
    }
  }

  /** Applies a change. Each carries the whole changed value, so that applying it twice is harmless. */
  apply(update: Update): void {
    if (this.#waiting !== null && update.what !== 'reset') {
      this.#waiting.push(update)
      return
    }
    switch (update.what) {
      case 'counter':
        this.#counter(update.value)
        break
      case 'order':
        this.orders.apply(update.value)
        break
      case 'orders_gone':
        this.orders.take(update.value)
        break
      case 'printers':
        this.printers.all = update.value
        break
      case 'rules':
        this.printers.rules = update.value
        break
      case 'found':
        this.printers.finding = update.value
        break
      case 'reset':
        void this.load()
        break
      default:
        never(update)
    }
  }

  #show(all: Snapshot): void {
    this.#counter(all.counter)
    this.printers.finding = null
    this.orders.reset(all.orders)
    this.printers.all = all.printers
    this.printers.rules = all.rules
  }

  #counter(view: CounterView): void {
    writeAs(view.business)
    this.view = view
  }
}
