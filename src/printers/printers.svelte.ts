// The printers and what goes where, as this counter knows them now.
import type { FindView, FoundPrinter, PrinterView, Rule, RulesView } from '../ipc'
import { plainAddress } from '../words/address'

/** Printers and rules. */
export class Printers {
  all = $state.raw<PrinterView[]>([])
  rules = $state.raw<RulesView>({ rules: [], stations: [], sync: { sync: 'synced' } })
  /** The printer that somebody edits; `null` adds one, `undefined` is nobody's. */
  editing = $state.raw<PrinterView | null | undefined>(undefined)

  /** The found one that the form for a new printer is filled with. */
  taken = $state.raw<FoundPrinter | null>(null)
  /** What a search has found so far; `null` before one. */
  finding = $state.raw<FindView | null>(null)

  /** Opens the form for a new printer, filled with what is known of a found one. */
  add(found: FoundPrinter | null = null): void {
    this.taken = found
    this.editing = null
  }

  /** A printer's name, for sentences. */
  nameOf(id: string | null): string | null {
    return this.all.find((view) => view.printer.id === id)?.printer.name ?? null
  }
}

/** An address as people write it: without the scheme, and without the port that all have. */
export function addressOf(view: PrinterView): string | null {
  return view.printer.address === null ? null : plainAddress(view.printer.address)
}

/** What a found printer is called, by its owner or its maker. */
export function foundName(found: FoundPrinter): string | null {
  return found.name ?? found.model
}

/** A ticket that a rule can name. */
export type RuleTicket = 'receipt' | 'kitchen' | 'delivery'

/** The ticket of a rule; kitchen where it names none of these. */
export function ruleTicket(ticket: string | undefined): RuleTicket {
  return ticket === 'receipt' || ticket === 'delivery' ? ticket : 'kitchen'
}

/** The same sentence for other tickets. A delivery slip has no choice of orders, so that none stays behind unseen. */
export function withTicket(rule: Rule, ticket: RuleTicket): Rule {
  return { ...rule, ticket, kinds: ticket === 'delivery' ? [] : rule.kinds }
}

/** A sentence as a new one begins. */
export function newRule(printers: PrinterView[]): Rule {
  const printer = printers.find((view) => view.mine)?.printer.id ?? printers[0]?.printer.id ?? null
  return { id: crypto.randomUUID(), ticket: 'kitchen', stations: [], channels: [], kinds: [], printer, copies: 1 }
}

/** The stations that no kitchen sentence takes from every channel and kind of order. */
export function uncovered(view: RulesView): string[] {
  const whole = view.rules.filter((rule) => rule.ticket === 'kitchen' && rule.channels.length === 0 && rule.kinds.length === 0)
  if (whole.some((rule) => rule.stations.length === 0)) return []
  const taken = new Set(view.rules.filter((rule) => rule.ticket === 'kitchen').flatMap((rule) => rule.stations))
  return view.stations.filter((station) => !taken.has(station))
}
