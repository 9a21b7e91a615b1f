// An order in a few words.
import type { Order } from '../ipc'
import { say } from '../words/catalogue.svelte'
import { quantity } from '../words/format.svelte'

/** Who it is for: the name, else the table, else how it is handed over. */
export function whoIs(order: Order): string {
  return order.customer.name ?? (order.table === null ? say().orders.kinds[order.kind] : say().orders.table(order.table))
}

/** FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE: a name that runs from the right leaves what stands around it in order. */
const ISOLATE = '\u2068'
const END_ISOLATE = '\u2069'

/** For rows that end where their room ends: there an element of its own would stand out of it. */
export function isolated(text: string): string {
  return `${ISOLATE}${text}${END_ISOLATE}`
}

/** What is in it: quantity before the dish. */
export function dishes(order: Order): string {
  return order.lines.map((line) => `${quantity(line.quantity, line.unit)} × ${isolated(line.name)}`).join(', ')
}
