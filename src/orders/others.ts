// The tickets of an order at other counters, and what is said of all its tickets together.
import type { JobState, OrderView, OtherTicket, PrintedTwice, TicketPaper } from '../ipc'
import { say } from '../words/catalogue.svelte'
import { second } from '../words/format.svelte'
import { current, endedWithoutPaper, fullName, isOver, nameOf, needsAPerson, wordOf } from './tickets'

/** Those that count now: of each counter the ones of its newest revision and older ones on their way, without those that a later one replaced. */
export function currentElsewhere(view: OrderView): OtherTicket[] {
  const newest = new Map<string, number>()
  for (const { counter, revision } of view.elsewhere) newest.set(counter, Math.max(revision, newest.get(counter) ?? 0))
  const tickets = view.elsewhere.filter((ticket) => ticket.revision === newest.get(ticket.counter) || !isDone(ticket))
  return tickets.filter((ticket) => ticket.released || !endedWithoutPaper(ticket.state) || !tickets.some((later) => takesThePlaceOf(later, ticket)))
}

function takesThePlaceOf(later: OtherTicket, ticket: OtherTicket): boolean {
  const same = later.counter === ticket.counter && later.ticket === ticket.ticket && later.destination === ticket.destination
  return same && isOut(later.state) && Date.parse(later.at) >= Date.parse(ticket.at)
}

/** Nothing more will happen to it. What was handed over and nobody has yet is not done. */
export function isDone(ticket: OtherTicket): boolean {
  return isOver(ticket.state) && !ticket.released
}

/** It is on paper. */
export function isOut(state: JobState): boolean {
  return state.state === 'printed' || state.state === 'sent'
}

/** How many tickets an order has at all counters, and what became of them. */
export interface Sum {
  all: number
  printed: number
  sent: number
}

/** Of the tickets that count now. */
export function sumOf(view: OrderView): Sum {
  const states = [...current(view), ...currentElsewhere(view)].map((ticket) => ticket.state.state)
  return { all: states.length, printed: states.filter((state) => state === 'printed').length, sent: states.filter((state) => state === 'sent').length }
}

/** Which one it is in a list; the one that no counter has said anything of has no job yet. */
export function keyOf(ticket: OtherTicket): string {
  return ticket.job ?? `${ticket.counter} ${ticket.ticket} ${ticket.destination}`
}

/** The counter that prints it, as people call it. */
export function counterOf(of: { counter_name: string | null }): string {
  return of.counter_name ?? say().ticket.others.counter
}

/** What it is and how it is, in one line. */
export function titleOf(ticket: OtherTicket): string {
  return say().ticket.is(fullName(ticket), ticket.released ? say().ticket.others.released : ticket.job === null ? say().ticket.others.unheardShort : wordOf(ticket.state))
}

/** The same for the list, where the counter has to be named and a cause has no room. */
export function chipOf(ticket: OtherTicket): string {
  if (ticket.released) return titleOf(ticket)
  const state = ticket.job === null ? say().ticket.others.unheardShort : say().ticket.states[ticket.state.state]
  return say().ticket.is(say().ticket.others.named(nameOf(ticket), counterOf(ticket)), state)
}

/** Where it is and what comes next, sentence by sentence. */
export function storyElsewhere(ticket: OtherTicket, now: Date): string[] {
  const words = say().ticket.others
  const counter = counterOf(ticket)
  const mark = ticket.marked && isOut(ticket.state) ? [words.marked] : []
  if (ticket.released) return [words.handedOver(counter)]
  if (ticket.job === null) return [words.unheard(counter)]
  if (isOut(ticket.state)) return [words.out(second(ticket.at, now), counter, ticket.printer_name), ...mark]
  if (isOver(ticket.state)) return [words.ended(second(ticket.at, now), counter)]
  return needsAPerson(ticket.state) ? [words.lookThere(counter)] : [words.there(counter, ticket.printer_name)]
}

/** Where and when each paper of a ticket came out that was printed twice. */
export function papersOf(twice: PrintedTwice, now: Date): string[] {
  return twice.papers.map((paper) => paperOf(paper, now))
}

function paperOf(paper: TicketPaper, now: Date): string {
  const words = say().ticket.others
  return words.out(second(paper.at, now), paper.here ? words.here : counterOf(paper), paper.printer_name)
}
