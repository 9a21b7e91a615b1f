import { expect, test } from 'vitest'
import type { CounterView, Health, JobState, OrderView, PrinterView } from '../ipc'
import { banners } from './banners'
import { bannerOf } from './notices'

const calm: CounterView = { id: 'c', name: 'Front', session: { session: 'signed_in', server: 's', name: 'Ana', role: 'owner', forgotten_at_exit: false }, link: { link: 'live' }, business: null, backlog: null, too_old: null, print_here: null, notices: [] }

function printer(id: string, health: Health, mine = true): PrinterView {
  return {
    printer: { id, name: id, enabled: true, owner: 'c', address: null, profile_id: 'generic-80', overrides: { columns: null, dots: null, cutter: null, native_qr: null }, learned: { status: null, confirm: null, model: null, maker: null, serial: null, firmware: null, cutter: null, native_qr: true, drawer: null, uuid: null, mac: null, certificate: null }, backups: [], policy: { attempts: 3, first_delay_ms: 1, ceiling_ms: 1, when_unreachable: 'wait', reprint_uncertain: 'ask', failover_after_s: null } },
    status: mine ? { printer: id, health, since: '', paper_low: false, drawer_open: null, paused: false, open_jobs: 1, last_printed: null, detail: null, certificate: null, device: null } : null, mine, ask_qr: false, owner: null, foreign: null, sync: { sync: 'synced' },
    paper_mm: 80,
  }
}

function order(jobs: Record<string, JobState>): OrderView {
  const tickets = Object.entries(jobs).map(([job, state]) => ({ job, order: 'o', revision: 1, ticket: 'kitchen', destination: 'kitchen', printed_by: null, backup_for: null, urgent: false, copy: 0, state, attempts: 0, submitted_at: '', at: '', next_try: null, note: null }))
  return { id: 'o', order: null, raw: null, changes: [], handling: 'routed', tickets, elsewhere: [], printed_twice: [] }
}

test('where all is well there is no banner', () => {
  expect(banners(calm, [printer('kitchen', 'ready'), printer('bar', 'fault', false)], [])).toEqual([])
})

test('a printer in trouble names what may go to another, and never what has begun', () => {
  const waiting = { state: 'waiting', cause: 'paper_out', since: '', bytes_left: false } as const
  const [banner] = banners(calm, [printer('kitchen', 'paper_out'), printer('bar', 'ready')], [order({ a: waiting, b: { ...waiting, bytes_left: true }, c: { state: 'queued' }, d: { state: 'printing' } })])
  expect(banner).toMatchObject({ kind: 'printer', jobs: ['a', 'c'], instead: { printer: { id: 'bar' } } })
})

test('a printer that somebody switched off is no trouble until it keeps tickets back', () => {
  const off = printer('kitchen', 'unreachable')
  const view = { ...off, printer: { ...off.printer, enabled: false } }
  expect(banners(calm, [{ ...view, status: off.status && { ...off.status, open_jobs: 0 } }], [])).toEqual([])
  expect(banners(calm, [view], [])).toMatchObject([{ kind: 'printer', health: 'disabled' }])
})

test('the loudest banner stands first', () => {
  const kinds = banners(
    { ...calm, link: { link: 'offline', since: '', detail: '' }, backlog: { orders: ['o'] }, notices: [{ notice: 'storage', detail: '' }], print_here: { owner: null, last_heard: null } },
    [printer('bar', 'paper_out'), printer('kitchen', 'unreachable')],
    [],
  ).map((banner) => (banner.kind === 'printer' ? banner.view.printer.id : banner.kind))
  expect(kinds).toEqual(['offline', 'kitchen', 'bar', 'notice', 'backlog', 'print_here'])
})

test('a part of the program that failed is never folded away behind printers', () => {
  const all = banners({ ...calm, notices: [{ notice: 'storage', detail: '' }, { notice: 'task_failed', task: 'sync', detail: '', ends: false }] }, [printer('bar', 'paper_out'), printer('kitchen', 'unreachable')], [])
  expect(all.map((banner) => (banner.kind === 'notice' ? banner.notice.notice : banner.kind))).toEqual(['task_failed', 'printer', 'printer', 'storage'])
  expect(new Set(all.map((banner) => banner.key)).size).toBe(all.length)
})

test('a backlog without orders asks nothing, and neither does a counter that cannot print them', () => {
  expect(banners({ ...calm, backlog: { orders: [] } }, [printer('bar', 'ready')], [])).toEqual([])
  expect(banners({ ...calm, backlog: { orders: ['o'] } }, [printer('bar', 'ready', false)], [])).toEqual([])
  expect(banners({ ...calm, backlog: { orders: ['o'] } }, [printer('bar', 'ready')], [])).toMatchObject([{ kind: 'backlog' }])
})

test('a code or picture that was not printed is told without an alarm, with its reason one click away', () => {
  const banner = bannerOf({ notice: 'parts_missing', parts: ['receipt: not printed: no picture has the name "stamp"'] })
  expect(banner).toMatchObject({ tone: 'waiting', stays: true, technical: 'receipt: not printed: no picture has the name "stamp"' })
  expect(banner.text).toMatch(/^A part of a ticket was not printed as the template says/)
})
