// The orders on the screen: which there are, which are shown, which one is open.
import { SvelteSet } from 'svelte/reactivity'
import type { OrderView } from '../ipc'
import { currentElsewhere, isDone } from './others'
import { current, isOver, needsAPerson } from './tickets'

/** An open order that nobody ends leaves the list of open ones after this time, unless its tickets need somebody. */
const SHIFT_MS = 12 * 60 * 60 * 1000

/** How many rows are drawn at first, and how many more each time. */
export const PAGE = 100

/** Which list. */
export type Part = 'open' | 'done'

/** Somebody has to do something about one of its tickets. */
export function needsYou(view: OrderView): boolean {
  return current(view).some((ticket) => needsAPerson(ticket.state))
}

/** Whether it stands among the open ones. */
export function isOpen(view: OrderView, now: Date): boolean {
  if (view.order === null || current(view).some((ticket) => !isOver(ticket.state))) return true
  const { status, cancelled, placed_at } = view.order
  // What another counter never says of its ticket keeps no order open for ever.
  const unfinished = (status === 'open' && !cancelled) || currentElsewhere(view).some((ticket) => !isDone(ticket))
  return unfinished && now.getTime() - Date.parse(placed_at) < SHIFT_MS
}

/** Whether these words lead to it. Each of them must be found. */
export function matches(view: OrderView, text: string): boolean {
  const words = text.toLocaleLowerCase().split(/\s+/).filter((word) => word !== '')
  const { order } = view
  const fields = order === null
    ? [view.raw ?? '']
    : [String(order.number), order.customer.name, order.customer.phone, order.table, order.note, ...(order.customer.address ?? []), ...order.lines.flatMap((line) => [line.name, line.note])]
  const hay = fields.filter((field) => field !== null).join('\n').toLocaleLowerCase()
  return words.every((word) => hay.includes(word))
}

/** All orders, newest first, and what a person made of the list. */
export class Orders {
  all = $state.raw<OrderView[]>([])
  part = $state<Part>('open')
  search = $state('')
  limit = $state(PAGE)
  selectedId = $state<string | null>(null)
  /** Came in while the window was open, and nobody has looked at them yet. */
  readonly fresh = new SvelteSet<string>()

  readonly selected = $derived(this.all.find((view) => view.id === this.selectedId) ?? null)
  readonly needYou = $derived(this.all.filter(needsYou).length)

  /** Begins anew. The counter sorts by its feed, which may have begun anew as well; the list goes by the time of the order. */
  reset(all: OrderView[]): void {
    this.all = [...all].sort((a, b) => (placed(a) === placed(b) ? 0 : placed(b) - placed(a)))
    this.fresh.clear()
    if (this.selected === null) this.selectedId = null
  }

  /** An order is new or changed. A known one keeps its place, so that nothing jumps. */
  apply(view: OrderView): void {
    const known = this.all.findIndex((other) => other.id === view.id)
    if (known >= 0) {
      this.all = this.all.with(known, view)
      return
    }
    if (view.handling !== 'shown_only') this.fresh.add(view.id)
    const older = this.all.findIndex((other) => placed(other) <= placed(view))
    this.all = this.all.toSpliced(older < 0 ? this.all.length : older, 0, view)
  }

  /** Orders left the list. */
  take(ids: string[]): void {
    const gone = new Set(ids)
    this.all = this.all.filter((view) => !gone.has(view.id))
    for (const id of ids) this.fresh.delete(id)
  }

  /** Opens one. */
  select(id: string): void {
    this.selectedId = id
    this.fresh.delete(id)
  }

  /** Those of a list. A search looks through both lists. */
  shown(now: Date): OrderView[] {
    if (this.search.trim() !== '') return this.all.filter((view) => matches(view, this.search))
    return this.all.filter((view) => isOpen(view, now) === (this.part === 'open'))
  }
}

/** When it was placed. One that cannot be read counts as new: it must be seen. */
function placed(view: OrderView): number {
  return view.order === null ? Number.POSITIVE_INFINITY : Date.parse(view.order.placed_at)
}
