// Which banners there are. Each lasts as long as its cause, the loudest first.
import type { Backlog, OldTickets, CounterView, Health, Notice, OrderView, PrinterView, PrintHere, UnprintedOrder } from '../ipc'
import { healthOf, inTrouble, toneOf } from '../words/health'

/** One banner, by its cause. */
export type Banner =
  | { kind: 'offline'; key: string; since: string; detail: string }
  | { kind: 'printer'; key: string; view: PrinterView; health: Health; jobs: string[]; instead: PrinterView | null }
  | { kind: 'cloned'; key: string }
  | { kind: 'not_printed'; key: string; orders: UnprintedOrder[] }
  | { kind: 'notice'; key: string; notice: Exclude<Notice, { notice: 'not_printed' }> }
  | { kind: 'backlog'; key: string; backlog: Backlog }
  | { kind: 'old'; key: string; old: OldTickets }
  | { kind: 'print_here'; key: string; printHere: PrintHere }
  | { kind: 'forgotten'; key: string }

/** Those that hold now. */
export function banners(counter: CounterView, printers: PrinterView[], orders: OrderView[]): Banner[] {
  const { link, session } = counter
  const all: Banner[] = []
  if (counter.notices.some((notice) => notice.notice === 'counter_cloned')) all.push({ kind: 'cloned', key: 'cloned' })
  if (link.link === 'offline') all.push({ kind: 'offline', key: 'offline', since: link.since, detail: link.detail })
  const notices: (Banner & { kind: 'notice' })[] = []
  for (const [at, notice] of counter.notices.entries()) {
    if (notice.notice === 'counter_cloned') continue
    if (notice.notice === 'not_printed') all.push({ kind: 'not_printed', key: 'not-printed', orders: notice.orders })
    else notices.push({ kind: 'notice', key: `notice-${at}`, notice })
  }
  // What the program itself no longer does comes before what a printer does not.
  all.push(...notices.filter(({ notice }) => notice.notice === 'task_failed'))
  for (const view of printers.filter((view) => view.mine).sort((a, b) => Number(isBad(b)) - Number(isBad(a)))) {
    const health = healthOf(view)
    // Switched off is somebody's will, until it keeps tickets from the kitchen.
    const forgotten = health === 'disabled' && (view.status?.open_jobs ?? 0) > 0
    if (health === null || !(inTrouble(health) || forgotten)) continue
    all.push({ kind: 'printer', key: `printer-${view.printer.id}`, view, health, jobs: movable(view, orders), instead: ready(printers, view) })
  }
  all.push(...notices.filter(({ notice }) => notice.notice !== 'task_failed'))
  // Where no printer is this counter's, "Print all" would print nothing; the question waits until one is.
  const canPrint = printers.some((view) => view.mine)
  if (counter.backlog !== null && counter.backlog.orders.length > 0 && canPrint) all.push({ kind: 'backlog', key: 'backlog', backlog: counter.backlog })
  if (counter.too_old !== null && canPrint) all.push({ kind: 'old', key: 'old', old: counter.too_old })
  if (counter.print_here !== null) all.push({ kind: 'print_here', key: 'print-here', printHere: counter.print_here })
  if (session.session === 'signed_in' && session.forgotten_at_exit) all.push({ kind: 'forgotten', key: 'forgotten' })
  return all
}

function isBad(view: PrinterView): boolean {
  return toneOf(healthOf(view)) === 'bad'
}

/** Tickets that wait for this printer and may still go to another: no byte of them has left. */
function movable(view: PrinterView, orders: OrderView[]): string[] {
  return orders
    .flatMap((order) => order.tickets)
    .filter(({ destination, state }) => destination === view.printer.id && (state.state === 'queued' || (state.state === 'waiting' && !state.bytes_left)))
    .map((ticket) => ticket.job)
}

/** Another printer of this counter that prints right now. */
function ready(printers: PrinterView[], view: PrinterView): PrinterView | null {
  return printers.find((other) => other !== view && other.mine && healthOf(other) === 'ready') ?? null
}
