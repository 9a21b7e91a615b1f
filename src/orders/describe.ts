// An order in a few words.
import type { Order } from '../ipc'
import { say } from '../words/catalogue.svelte'

/** Who it is for: the name, else the table, else how it is handed over. */
export function whoIs(order: Order): string {
  return order.customer.name ?? (order.table === null ? say().orders.kinds[order.kind] : say().orders.table(order.table))
}
