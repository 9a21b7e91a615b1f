// Which tickets of an order are shown, in which order, and what each of them says.
import type { JobState, MarkupPlace, OrderView, TicketChanged } from '../ipc'
import { say } from '../words/catalogue.svelte'
import { second } from '../words/format.svelte'

/** The tickets that count now: those of the newest revision that has any and older ones on their way, without the ones that a later one replaced. */
export function current(view: OrderView): TicketChanged[] {
  const revision = Math.max(0, ...view.tickets.map((ticket) => ticket.revision))
  const tickets = view.tickets.filter((ticket) => ticket.revision === revision || !isOver(ticket.state))
  const replaced = replacedOf(tickets)
  return tickets.filter((ticket) => !replaced.has(ticket))
}

/** The others. */
export function earlier(view: OrderView): TicketChanged[] {
  const shown = new Set(current(view))
  return view.tickets.filter((ticket) => !shown.has(ticket))
}

/**
 * Tickets that ended without paper and of which a later one took the place: of a later revision, or the reprint, each with the
 * same name and printer. Of several tickets that a reprint may belong to it replaces none: what failed is never hidden by a guess.
 */
function replacedOf(tickets: TicketChanged[]): Set<TicketChanged> {
  const replaced = new Set<TicketChanged>()
  for (const later of [...tickets].sort((a, b) => Date.parse(a.submitted_at) - Date.parse(b.submitted_at))) {
    const before = tickets.filter((ticket) => ticket !== later && ticket.ticket === later.ticket && ticket.destination === later.destination && !replaced.has(ticket))
    const copies = before.filter((ticket) => ticket.revision === later.revision && Date.parse(ticket.submitted_at) < Date.parse(later.submitted_at))
    const candidates = [...before.filter((ticket) => ticket.revision < later.revision), ...(copies.length === 1 ? copies : [])]
    for (const ticket of candidates) if (endedWithoutPaper(ticket.state) && Date.parse(later.submitted_at) >= Date.parse(ticket.at)) replaced.add(ticket)
  }
  return replaced
}

/** A ticket that waits for an answer has not ended. */
/** No paper came out of it, and none will. */
export function endedWithoutPaper(state: JobState): boolean {
  return state.state === 'failed' || state.state === 'cancelled' || state.state === 'expired'
}

const LOUDNESS: Record<JobState['state'], number> = {
  unconfirmed: 0, failed: 1, held: 2, waiting: 3, printing: 4, queued: 5, sent: 6, printed: 6, cancelled: 7, expired: 7,
}

/** What needs somebody stands first; the rest keeps its order. */
export function byUrgency(tickets: TicketChanged[]): TicketChanged[] {
  return [...tickets].sort((a, b) => LOUDNESS[a.state.state] - LOUDNESS[b.state.state])
}

/** Somebody has to do something about it. */
export function needsAPerson(state: JobState): boolean {
  return state.state === 'unconfirmed' || state.state === 'failed' || state.state === 'held'
}

/** Nothing more will happen to it unless a person prints it again. */
export function isOver(state: JobState): boolean {
  return state.state !== 'queued' && state.state !== 'waiting' && state.state !== 'printing' && !needsAPerson(state)
}

/** It stands in a printer's line, and no byte of it has left. */
export function inLine(state: JobState): boolean {
  return state.state === 'queued' || (state.state === 'waiting' && !state.bytes_left)
}

/** What people call a ticket: a kitchen one by its stations where it has some, another one by its kind and them. */
export function nameOf(ticket: { ticket: string }): string {
  const [kind = '', part = ''] = ticket.ticket.split(':')
  const stations = part.split(',').map(capital).join(', ')
  if (kind === 'kitchen' && part !== '') return stations
  const kinds: Record<string, string> = say().ticket.kinds
  const name = kinds[kind] ?? capital(kind)
  return part === '' || kind === 'test' ? name : say().ticket.of(name, stations)
}

/** The same, with the number of a copy. */
export function fullName(ticket: { ticket: string; copy: number }): string {
  return ticket.copy === 0 ? nameOf(ticket) : say().ticket.copy(nameOf(ticket), ticket.copy + 1)
}

function capital(word: string): string {
  return word.charAt(0).toLocaleUpperCase() + word.slice(1)
}

/** The word of a state, with its cause where it waits. */
export function wordOf(state: JobState): string {
  return state.state === 'waiting' ? say().ticket.waits[state.cause] : say().ticket.states[state.state]
}

/** Why a ticket is where it is, and what comes next, sentence by sentence. */
export function story(ticket: TicketChanged, printer: (id: string | null) => string, now: Date): string[] {
  const moved = ticket.backup_for === null ? [] : [say().ticket.backupFor(printer(ticket.backup_for))]
  const next = ticket.urgent && inLine(ticket.state) ? [say().ticket.next] : []
  return [...happened(ticket, printer, now), ...next, ...moved]
}

/** What of the paper is not as the template says. */
export interface Lacking {
  sentences: string[]
  /** Why codes and pictures are missing; one click away. */
  technical: string | null
}

/** What of a ticket's paper is not as its template says; `null` for one that is whole, and as long as there is no paper. The ticket was printed all the same. */
export function lacking({ state, note }: TicketChanged): Lacking | null {
  if (note === null || !mayBeOnPaper(state)) return null
  const words = say().ticket
  const at = (place: MarkupPlace) => words.markupPlace(place.line, place.column)
  const letters = note.letters.map(({ number, place }) => (place === null ? number : words.letterAt(number, at(place))))
  const sentences = [
    ...(letters.length > 0 ? [words.lacksLetters(letters.length, letters.join(', '), note.fonts.join(', ') || null)] : []),
    ...(note.parts.length > 0 ? [words.lacksParts(note.parts.length, note.parts.map((part) => at(part.place)).join('; '))] : []),
    ...(note.more > 0 ? [words.lacksMore(note.more)] : []),
  ]
  return { sentences, technical: note.parts.map((part) => `${part.place.line}:${part.place.column}: ${part.detail}`).join('\n') || null }
}

/** The newest paper of it came out, comes out or may have come out. */
function mayBeOnPaper(state: JobState): boolean {
  return state.state === 'printing' || state.state === 'printed' || state.state === 'sent' || state.state === 'unconfirmed' || (state.state === 'waiting' && state.bytes_left)
}

function happened(ticket: TicketChanged, printer: (id: string | null) => string, now: Date): string[] {
  const words = say().ticket
  const state = ticket.state
  const at = second(ticket.at, now)
  const there = printer(ticket.printed_by ?? ticket.destination)
  switch (state.state) {
    case 'queued':
      return [words.queued(printer(ticket.destination))]
    case 'waiting':
      return waiting(ticket, state, printer(ticket.destination), now)
    case 'printing':
      return [words.printing(there)]
    case 'printed':
      return [ticket.printed_by === null ? words.printedByHand(at) : words.printed(at, there)]
    case 'sent':
      return [words.sent(at, there)]
    case 'unconfirmed':
      return [words.doubts[state.cause](there), words.look]
    case 'failed':
      return [words.fails[state.cause](there), words.thenReprint]
    case 'held':
      return [words.holds[state.cause], ticket.destination === null || state.cause === 'no_printer' ? words.chooseWhere : words.orRelease]
    case 'cancelled':
      return [words.cancelled(at)]
    case 'expired':
      return [words.expired(at)]
  }
}

function waiting(ticket: TicketChanged, state: JobState & { state: 'waiting' }, printer: string, now: Date): string[] {
  const words = say().ticket
  const next = ticket.next_try === null ? [] : [words.nextTry(second(ticket.next_try, now))]
  const rest = state.bytes_left ? [words.bytesLeft] : []
  if (state.cause === 'retry') return [words.retry(printer), ...next, ...rest]
  const health = say().health[state.cause]
  return [health.cause(printer), health.step, words.byItself, ...rest].filter((sentence) => sentence !== '')
}
