import { expect, test } from 'vitest'
import type { JobState, OrderView, OtherTicket } from '../ipc'
import { isOpen } from './orders.svelte'
import { chipOf, currentElsewhere, keyOf, papersOf, storyElsewhere, sumOf, titleOf } from './others'

const NOW = new Date('2026-08-14T17:42:20Z')
const printed: JobState = { state: 'printed' }
const queued: JobState = { state: 'queued' }

function there(state: JobState, more: Partial<OtherTicket> = {}): OtherTicket {
  return { counter: 'b', counter_name: 'Back office', job: `${state.state}-${more.counter ?? 'b'}-${more.copy ?? 0}-${more.revision ?? 1}`, revision: 1, ticket: 'kitchen', copy: 0, destination: 'k', printer_name: 'Kitchen', state, marked: false, released: false, at: '2026-08-14T17:40:02Z', ...more }
}

function view(own: JobState[], elsewhere: OtherTicket[]): OrderView {
  const tickets = own.map((state, at) => ({ job: String(at), order: '1', revision: 1, ticket: `receipt:${at}`, destination: 'f', printed_by: null, backup_for: null, urgent: false, copy: 0, state, attempts: 0, submitted_at: '', at: '', next_try: null, note: null }))
  return { id: '1', order: null, raw: '', changes: [], handling: 'routed', tickets, elsewhere, printed_twice: [] }
}

test('an order is printed when every ticket of every counter is', () => {
  expect(sumOf(view([printed, printed], [there(printed)]))).toEqual({ all: 3, printed: 3, sent: 0 })
  expect(sumOf(view([printed], [there(queued)]))).toEqual({ all: 2, printed: 1, sent: 0 })
  expect(sumOf(view([], [there({ state: 'sent' })]))).toEqual({ all: 1, printed: 0, sent: 1 })
})

test('a ticket that was handed over counts as not printed until somebody has it', () => {
  const given = there({ state: 'cancelled' }, { released: true })
  expect(sumOf(view([printed], [given]))).toEqual({ all: 2, printed: 1, sent: 0 })
  expect(titleOf(given)).toBe('Kitchen: on its way to another PC')
  expect(chipOf(given)).toBe(titleOf(given))
  expect(chipOf(there(queued))).toBe('Kitchen (Back office): queued')
})

test('a ticket that no counter has said anything of is shown as such and not as printed', () => {
  const unheard = there(queued, { job: null })
  expect(sumOf(view([printed], [unheard]))).toEqual({ all: 2, printed: 1, sent: 0 })
  expect(chipOf(unheard)).toBe('Kitchen (Back office): nothing heard yet')
  expect(storyElsewhere(unheard, NOW)).toEqual(['Back office has not said anything of it yet.'])
  expect(keyOf(unheard)).not.toBe(keyOf({ ...unheard, destination: 'bar' }))
})

test('of each counter its newest revision counts, and older tickets that are on their way', () => {
  const late = there(queued)
  const newer = there(printed, { revision: 2 })
  const other = there(printed, { counter: 'c' })
  expect(currentElsewhere(view([], [late, there(printed), newer, other]))).toEqual([late, newer, other])
})

test('a ticket that failed is replaced by its reprint and by nothing of another counter', () => {
  const failed = there({ state: 'failed', cause: 'refused', detail: '' })
  const reprint = there(printed, { copy: 1, marked: true, at: '2026-08-14T17:41:00Z' })
  expect(currentElsewhere(view([], [failed, reprint]))).toEqual([reprint])
  const other = { ...reprint, counter: 'c' }
  expect(currentElsewhere(view([], [failed, other]))).toEqual([failed, other])
})

test('each state says where it is, at a counter without a name too', () => {
  const states: JobState[] = [queued, { state: 'waiting', cause: 'paper_out', since: NOW.toISOString(), bytes_left: true }, { state: 'printing' }, printed, { state: 'sent' }, { state: 'unconfirmed', cause: 'connection_lost' }, { state: 'failed', cause: 'refused', detail: '' }, { state: 'held', cause: 'no_printer' }, { state: 'cancelled' }, { state: 'expired' }]
  for (const state of states) expect(storyElsewhere(there(state), NOW).join(' '), state.state).toContain('Back office')
  expect(storyElsewhere(there(queued, { counter_name: null, printer_name: null }), NOW)).toEqual(['another PC has it.'])
  expect(storyElsewhere(there(printed, { marked: true }), NOW)).toHaveLength(2)
})

test('of a ticket that was printed twice each paper is told with its time, its printer and its counter', () => {
  const papers = [{ here: true, counter_name: null, printer_name: 'Kitchen', at: NOW.toISOString() }, { here: false, counter_name: null, printer_name: null, at: NOW.toISOString() }]
  const told = papersOf({ revision: 1, ticket: 'kitchen', papers }, NOW)
  expect(told[0]).toMatch(/ at Kitchen, by this PC$/)
  expect(told[1]).toMatch(/ by another PC$/)
})

test('what another counter has not finished keeps its order open for one shift', () => {
  const order = (placed_at: string) => ({ ...view([printed], [there(queued)]), order: { status: 'done', cancelled: false, placed_at } as OrderView['order'] })
  expect(isOpen(order('2026-08-14T17:00:00Z'), NOW)).toBe(true)
  expect(isOpen(order('2026-08-13T17:00:00Z'), NOW)).toBe(false)
})
