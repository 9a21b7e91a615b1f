import { expect, test } from 'vitest'
import type { JobState, OrderView, PaperNote, TicketChanged } from '../ipc'
import { isOpen, matches, Orders } from './orders.svelte'
import { byUrgency, current, earlier, lacking, nameOf, story } from './tickets'
import { language } from '../words/catalogue.svelte'

const NOW = new Date('2026-08-14T17:42:20Z')

function ticket(name: string, state: JobState, more: Partial<TicketChanged> = {}): TicketChanged {
  return { job: `${name}-${more.copy ?? 0}-${more.revision ?? 1}`, order: '1', revision: 1, ticket: name, destination: 'k', printed_by: null, backup_for: null, urgent: false, copy: 0, state, attempts: 0, submitted_at: '2026-08-14T17:40:00Z', at: '2026-08-14T17:40:02Z', next_try: null, note: null, ...more }
}

function view(number: number, tickets: TicketChanged[] = [], more: { status?: 'open' | 'done'; placed_at?: string } = {}): OrderView {
  const euro = { minor: 1000, currency: 'EUR' }
  return {
    id: String(number), raw: null, changes: [], handling: 'routed', tickets, elsewhere: [], printed_twice: [],
    order: {
      id: String(number), business_id: 'b', number, revision: 1, status: 'open', channel: 'web', kind: 'pickup', placed_at: new Date(NOW.getTime() - (100 - number) * 60_000).toISOString(), revised_at: NOW.toISOString(), promised_at: null,
      customer: { name: 'Jonas Weber', phone: '+49 152 555', address: [] }, table: null, note: null, totals: { subtotal: euro, delivery_fee: null, total: euro }, payment: { method: 'cash', paid: false }, cancelled: false,
      lines: [{ id: 1, item_id: 'i', name: 'Pizza Diavola', quantity: 1, unit_price: euro, options: [], note: 'no garlic', station: null, total: euro }], ...more,
    },
  }
}

const failed: JobState = { state: 'failed', cause: 'refused', detail: '' }
const unconfirmed: JobState = { state: 'unconfirmed', cause: 'connection_lost' }

test('a reprint takes the place of the ticket that failed before it', () => {
  const reprint = ticket('receipt', { state: 'printed' }, { copy: 1, submitted_at: '2026-08-14T17:41:00Z' })
  const order = view(1, [ticket('receipt', failed), reprint])
  expect(current(order)).toEqual([reprint])
  expect(earlier(order).map((one) => one.state.state)).toEqual(['failed'])
})

test('a reprint of another copy or at another printer hides no ticket that failed', () => {
  const reprint = { state: { state: 'printed' } as JobState, submitted_at: '2026-08-14T17:41:00Z' }
  const two = [ticket('receipt', failed), ticket('receipt', { state: 'printed' }, { copy: 1 })]
  const copies = view(1, [...two, ticket('receipt', reprint.state, { copy: 2, submitted_at: reprint.submitted_at })])
  expect(current(copies).map((one) => one.state.state)).toContain('failed')
  const elsewhere = view(2, [ticket('receipt', failed), ticket('receipt', { state: 'printed' }, { destination: 'bar' }), ticket('receipt', reprint.state, { destination: 'bar', copy: 1, submitted_at: reprint.submitted_at })])
  expect(current(elsewhere).map((one) => one.state.state)).toContain('failed')
  const orders = new Orders()
  orders.reset([copies, elsewhere])
  expect(orders.needYou).toBe(2)
})

test('a ticket that failed is replaced by the whole one of a later revision at its printer, and by no other', () => {
  const later = (destination: string) => view(1, [ticket('kitchen', failed), ticket('kitchen', { state: 'printed' }, { destination, revision: 2, submitted_at: '2026-08-14T17:41:00Z' })])
  expect(current(later('k')).map((one) => one.revision)).toEqual([2])
  expect(current(later('bar')).map((one) => one.revision)).toEqual([1, 2])
})

test('of a row of reprints the last one counts', () => {
  const at = (minute: number) => ({ submitted_at: `2026-08-14T17:4${minute}:00Z`, at: `2026-08-14T17:4${minute}:02Z` })
  const order = view(1, [ticket('receipt', failed), ticket('receipt', failed, { copy: 1, ...at(1) }), ticket('receipt', { state: 'printed' }, { copy: 2, ...at(2) })])
  expect(current(order).map((one) => one.copy)).toEqual([2])
})

test('a second copy that was made together with the first hides nothing', () => {
  const order = view(1, [ticket('receipt', failed), ticket('receipt', { state: 'printed' }, { copy: 1 })])
  expect(current(order)).toHaveLength(2)
})

test('a ticket that asks a person is never replaced', () => {
  const order = view(1, [ticket('receipt', unconfirmed), ticket('receipt', { state: 'printed' }, { copy: 1, submitted_at: '2026-08-14T17:41:00Z' })])
  expect(current(order).map((one) => one.state.state)).toContain('unconfirmed')
})

test('the tickets of the newest revision count, those before it are earlier ones', () => {
  const order = view(1, [ticket('receipt', { state: 'printed' }), ticket('receipt', { state: 'queued' }, { revision: 2 })])
  expect(current(order).map((one) => one.revision)).toEqual([2])
  expect(earlier(order).map((one) => one.revision)).toEqual([1])
  const open = view(1, [ticket('kitchen', { state: 'unconfirmed', cause: 'no_confirmation' }), ticket('change', { state: 'printed' }, { revision: 2 })])
  expect(current(open).map((one) => one.revision)).toEqual([1, 2])
})

test('what needs somebody stands first', () => {
  expect(byUrgency([ticket('a', { state: 'printed' }), ticket('b', failed), ticket('c', unconfirmed)]).map((one) => one.ticket)).toEqual(['c', 'b', 'a'])
})

test('a ticket of stations is called by them', () => {
  expect(nameOf(ticket('kitchen:bar,grill', failed))).toBe('Bar, Grill')
  expect(nameOf(ticket('kitchen', failed))).toBe('Kitchen')
  expect(nameOf(ticket('change:bar,grill', failed))).toBe('Change, Bar, Grill')
  expect(nameOf(ticket('void', failed))).toBe('Cancellation')
})

test('each state tells its cause and what comes next', () => {
  const states: JobState[] = [
    { state: 'queued' }, { state: 'waiting', cause: 'paper_out', since: NOW.toISOString(), bytes_left: true }, { state: 'waiting', cause: 'retry', since: NOW.toISOString(), bytes_left: false },
    { state: 'printing' }, { state: 'printed' }, { state: 'sent' }, unconfirmed, failed, { state: 'held', cause: 'no_printer' }, { state: 'cancelled' }, { state: 'expired' },
  ]
  for (const state of states) for (const sentence of story(ticket('receipt', state), () => 'Kitchen', NOW)) expect(sentence, state.state).toMatch(/\S{3}/)
  expect(story(ticket('receipt', states[1] as JobState), () => 'Kitchen', NOW)).toContain('A part of it may be on paper already, so it stays at this printer.')
})

test('a new order comes in by its age and a changed one keeps its place', () => {
  const orders = new Orders()
  orders.reset([view(9), view(7)])
  orders.apply(view(8))
  expect(orders.all.map((one) => one.id)).toEqual(['9', '8', '7'])
  orders.apply(view(7, [ticket('receipt', failed)]))
  expect(orders.all.map((one) => one.id)).toEqual(['9', '8', '7'])
  expect(orders.needYou).toBe(1)
  expect([...orders.fresh]).toEqual(['8'])
  orders.select('8')
  expect([...orders.fresh]).toEqual([])
})

test('everything that comes at once is shown newest first, however it was sorted', () => {
  const orders = new Orders()
  const unreadable = { ...view(1), id: 'x', order: null, raw: '{}' }
  orders.reset([view(7), unreadable, view(9), view(8)])
  expect(orders.all.map((one) => one.id)).toEqual(['x', '9', '8', '7'])
  orders.apply(view(10))
  expect(orders.shown(NOW).map((one) => one.id)).toEqual(['x', '10', '9', '8', '7'])
})

test('an order is open until it is done, and longer while a ticket of it needs somebody', () => {
  expect(isOpen(view(1), NOW)).toBe(true)
  expect(isOpen(view(1, [], { status: 'done' }), NOW)).toBe(false)
  expect(isOpen(view(1, [ticket('receipt', unconfirmed)], { status: 'done' }), NOW)).toBe(true)
  expect(isOpen(view(1, [], { placed_at: '2026-08-13T20:00:00Z' }), NOW)).toBe(false)
  expect(isOpen({ ...view(1), order: null, raw: '{}' }, NOW)).toBe(true)
})

test('orders are found by number, name, phone, dish and note, all words of the search together', () => {
  for (const text of ['47', 'weber', '152', 'diavola', 'GARLIC', 'weber 47']) expect(matches(view(47), text), text).toBe(true)
  expect(matches(view(47), 'weber 48')).toBe(false)
})

test('a ticket says which letters, codes and pictures its paper lacks, and where, in every language', () => {
  const note: PaperNote = {
    letters: [{ number: 'U+13000', place: { line: 2, column: 6 } }, { number: 'U+13001', place: null }],
    fonts: ['Noto Sans Egyptian Hieroglyphs'],
    parts: [{ place: { line: 4, column: 13 }, detail: 'not printed as a code: EAN: the last digit, 2, does not fit' }],
    more: 3,
  }
  const printed = ticket('receipt', { state: 'printed' }, { note })
  expect(lacking(printed)).toEqual({
    sentences: [
      'No font on this PC has these letters, so their numbers are on the paper: U+13000 (line 2, column 6), U+13001. Install Noto Sans Egyptian Hieroglyphs and start PanBot again.',
      'A code or picture is not on the paper as the template says: line 4, column 13.',
      'And 3 more.',
    ],
    technical: '4:13: not printed as a code: EAN: the last digit, 2, does not fit',
  })
  language.tag = 'de'
  expect(lacking(printed)?.sentences[1]).toBe('Ein Code oder Bild ist nicht so auf dem Papier, wie die Vorlage es sagt: Zeile 4, Spalte 13.')
  language.tag = 'en'
  expect(lacking(ticket('receipt', { state: 'sent' }, { note: { ...note, parts: [], more: 0 } }))?.technical).toBeNull()
})

test('a ticket that is whole, or of which there is no paper, lacks nothing', () => {
  const note: PaperNote = { letters: [], fonts: [], parts: [{ place: { line: 1, column: 1 }, detail: 'not printed' }], more: 0 }
  expect(lacking(ticket('receipt', { state: 'printed' }))).toBeNull()
  for (const state of [{ state: 'queued' }, failed, { state: 'cancelled' }] satisfies JobState[]) expect(lacking(ticket('receipt', state, { note }))).toBeNull()
  expect(lacking(ticket('receipt', unconfirmed, { note }))).not.toBeNull()
})
