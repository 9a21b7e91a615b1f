// What the scripted counter can begin as; `?scene=NAME` chooses.
import type { JobState, OtherTicket, Problem, Snapshot } from '../../../src/bindings'
import { counter, evening, ids, jobId, minutesAgo, order, printer, shown, ticket } from './evening'

const ended: Problem = { code: 'login_ended', message: 'refresh token was reused after its successor had been used' }
const signedOut = (problem: Problem | null): Snapshot => ({
  counter: { ...counter, session: { session: 'signed_out', server: problem ? 'https://orders.trattoria-rosa.example' : null, email: problem ? 'ana@trattoria-rosa.example' : null, ended: problem }, link: { link: 'off' } },
  orders: [],
  printers: [],
  rules: { rules: [], stations: [], sync: { sync: 'synced' } },
})

const nothing = (): Snapshot => ({ ...signedOut(null), counter: { ...counter, print_here: { owner: null, last_heard: null } } })

function trouble(): Snapshot {
  const all = evening()
  const backlog = [31, 32, 33].map((number) => shown(order(number, 180 - number, [[2, 'Gnocchi', 1150]], { customer: { name: `Guest ${number}`, phone: null, address: [] } }), [], { handling: 'shown_only' }))
  const since = minutesAgo(3)
  return {
    ...all,
    counter: {
      ...counter,
      link: { link: 'offline', since, detail: 'GET https://orders.trattoria-rosa.example/api/v1/orders: connection refused (os error 111)' },
      backlog: { orders: backlog.map((view) => view.id) },
      notices: [{ notice: 'file_set_aside', path: '/home/ana/.local/share/panbot/data/b1/jobs.sqlite.damaged-1' }],
    },
    orders: [...all.orders, ...backlog, { id: '00000004-0000-4000-8000-000000000900', order: null, raw: '{\n  "number": 900,\n  "lines": "soup"\n}', changes: [], handling: 'routed', tickets: [], elsewhere: [], printed_twice: [] }],
    printers: [
      printer(ids.front, 'Counter', '192.168.1.40', { model: 'Epson TM-m30III', status: { printer: ids.front, health: 'unreachable', since, paper_low: false, drawer_open: null, paused: false, open_jobs: 2, last_printed: null, detail: 'connect 192.168.1.40:9100: no route to host (os error 113)', certificate: null, device: null }, sync: { sync: 'waiting', next: minutesAgo(-1), detail: 'connection refused' } }),
      printer(ids.kitchen, 'Kitchen', '192.168.1.41', { confirm: null, sync: { sync: 'failed', problem: { code: 'conflict', message: 'version 4 is current, 3 was named' } } }),
      printer(ids.bar, 'Bar', '192.168.1.43', { mine: false, owner: 'Back office', status: null }),
    ],
  }
}

function stranger(): Snapshot {
  const all = evening()
  const status = { printer: ids.kitchen, health: 'stranger' as const, since: minutesAgo(2), paper_low: false, drawer_open: null, paused: false, open_jobs: 2, last_printed: minutesAgo(9), detail: null, certificate: '3f6a0c52'.repeat(8), device: null }
  return { ...all, printers: all.printers.map((view) => (view.printer.id === ids.kitchen ? { ...view, status } : view)) }
}

/** A test page has just come out in the kitchen. */
function tested(): Snapshot {
  const all = evening()
  return { ...all, printers: all.printers.map((view) => (view.printer.id === ids.kitchen ? printer(ids.kitchen, 'Kitchen', '192.168.1.41', { ask_qr: true }) : view)) }
}

/** Another receipt printer answers where the kitchen's stood. */
function replaced(): Snapshot {
  const all = stranger()
  const device = { status: true, confirm: null, model: 'TM-T20II', maker: 'EPSON', serial: 'J7AB054321', firmware: null, cutter: null, native_qr: null, drawer: null, uuid: null, mac: null, certificate: null }
  return { ...all, printers: all.printers.map((view) => (view.printer.id === ids.kitchen && view.status ? { ...view, status: { ...view.status, certificate: null, device } } : view)) }
}

const elsewhere = (): Snapshot => ({ ...evening(), counter: { ...counter, print_here: { owner: 'Back office', last_heard: minutesAgo(14) } }, printers: evening().printers.map((view) => ({ ...view, mine: false, owner: 'Back office', status: null })) })

/** A part of the program failed and was restarted, it failed over a ticket, and not everything that was stored can be read. */
function alarms(): Snapshot {
  const all = evening()
  const notices: Snapshot['counter']['notices'] = [
    { notice: 'task_failed', task: 'sync loop', detail: "panicked at client/src/sync.rs:118: index out of bounds: the len is 0 but the index is 0", ends: false },
    { notice: 'rows_skipped', detail: 'counter.sqlite: settings/rules: expected value at line 1 column 1' },
    { notice: 'settings_not_read', detail: 'GET /api/v1/businesses/b1/settings: 500 internal' },
    { notice: 'server_restored', printed: 2 },
    { notice: 'not_printed', orders: [{ order: '00000000-0000-0000-0000-000000000051', number: 51, placed_at: minutesAgo(3) }, { order: '00000000-0000-0000-0000-000000000052', number: 52, placed_at: minutesAgo(2) }] },
    { notice: 'counter_recovered', path: '/home/ana/.local/share/panbot/counter.json.damaged-1' },
  ]
  const crashed = shown(order(49, 1, [[1, 'Panna cotta', 560]]), [ticket(49, 1, 'receipt', { state: 'printed' }, 1), ticket(49, 2, 'kitchen', { state: 'failed', cause: 'crashed', detail: 'index out of bounds: the len is 48 but the index is 48' }, 1)])
  return { ...all, counter: { ...all.counter, notices }, orders: [crashed, ...all.orders] }
}

/** A copy of another counter, and one that prints in the place of a silent one. */
const copied = (): Snapshot => ({ ...evening(), counter: { ...counter, notices: [{ notice: 'counter_cloned' }] } })
const standby = (): Snapshot => ({ ...evening(), counter: { ...counter, notices: [{ notice: 'tickets_unknown', counter: 'Back office', printers: ['Bar'], orders: [51, 53] }, { notice: 'stands_in', counter: 'Front desk', printers: ['Kitchen', 'Bar'] }] } })

/** A printer of this counter has an address in the settings that means another PC. */
function foreign(): Snapshot {
  const all = evening()
  const status = { printer: ids.kitchen, health: 'no_address' as const, since: minutesAgo(2), paper_low: false, drawer_open: null, paused: false, open_jobs: 2, last_printed: null, detail: null, certificate: null, device: null }
  return { ...all, printers: all.printers.map((view) => (view.printer.id === ids.kitchen ? { ...view, printer: { ...view.printer, address: null }, foreign: 'tcp://127.0.0.1:9100', status } : view)) }
}

/** Back after three hours: what is too old is held, one printer is paused, and a backup took what another could not print. */
function outage(): Snapshot {
  const all = evening()
  const tooOld = { state: 'held', cause: 'too_old' } as const
  const old = [
    shown(order(39, 190, [[1, 'Gnocchi al pesto', 1250]], { customer: { name: 'Leah Cohen', phone: null, address: [] } }), [ticket(39, 1, 'receipt', { state: 'printed' }, 1), ticket(39, 2, 'kitchen', tooOld, 190)]),
    shown(order(38, 204, [[2, 'Calzone', 1190]], { customer: { name: 'Tom Brandt', phone: null, address: [] } }), [ticket(38, 2, 'kitchen', tooOld, 204)]),
  ]
  const [newest, ...others] = all.orders
  const stoodIn = ticket(48, 2, 'kitchen', { state: 'printed' }, 1, { destination: ids.bar, printed_by: ids.bar, backup_for: ids.kitchen })
  const paused = ticket(48, 3, 'kitchen:bar', { state: 'waiting', cause: 'paused', since: minutesAgo(2), bytes_left: false }, 1, { urgent: true })
  return {
    ...all,
    counter: { ...counter, too_old: { tickets: 2, since: minutesAgo(204) } },
    orders: [...(newest ? [{ ...newest, tickets: [...newest.tickets.slice(0, 1), stoodIn, paused] }] : []), ...others, ...old],
    printers: all.printers.map((view) => (view.printer.id === ids.bar && view.status ? { ...view, status: { ...view.status, paused: true, open_jobs: 1 } } : view)),
  }
}

/** Two PCs print: one is late, one ticket came out at both, and one was handed over and nobody has it yet. */
function twoCounters(): Snapshot {
  const all = evening()
  const dishes: Parameters<typeof order>[2] = [[2, 'Pizza Diavola', 1190], [2, 'Aperol Spritz', 750, null, [], 'bar']]
  const there = (number: number, at: number, name: string, state: JobState, more: Partial<OtherTicket> = {}): OtherTicket => ({
    counter: '00000001-0000-4000-8000-000000000002', counter_name: 'Back office', job: jobId(number, at), revision: 1, ticket: name, copy: 0, destination: ids.bar, printer_name: 'Bar', state, marked: false, released: false, at: minutesAgo(0, 50), ...more,
  })
  const guest = (name: string) => ({ customer: { name, phone: null, address: [] } })
  const printed = (number: number) => [ticket(number, 1, 'receipt', { state: 'printed' }, 2), ticket(number, 2, 'kitchen', { state: 'printed' }, 2)]
  const waits: JobState = { state: 'waiting', cause: 'paper_out', since: minutesAgo(1), bytes_left: false }
  const papers = [{ here: true, counter_name: null, printer_name: 'Kitchen', at: minutesAgo(1, 48) }, { here: false, counter_name: 'Back office', printer_name: 'Kitchen', at: minutesAgo(0, 51) }]
  return {
    ...all,
    orders: [
      shown(order(54, 2, dishes, guest('Mara Lindt')), printed(54), { elsewhere: [there(54, 3, 'kitchen:bar', waits), there(54, 2, 'kitchen', { state: 'printed' }, { destination: ids.kitchen, printer_name: 'Kitchen' })], printed_twice: [{ revision: 1, ticket: 'kitchen', papers }] }),
      shown(order(53, 3, dishes, guest('Jo Adler')), printed(53), { elsewhere: [there(53, 3, 'kitchen:bar', { state: 'printed' })] }),
      shown(order(52, 4, dishes, guest('Tom Brandt')), printed(52), { elsewhere: [there(52, 3, 'kitchen:bar', { state: 'cancelled' }, { released: true })] }),
      shown(order(51, 5, dishes, guest('Leah Cohen')), [], { elsewhere: [there(51, 3, 'kitchen:bar', { state: 'unconfirmed', cause: 'connection_lost' })] }),
    ],
    printers: all.printers.map((view) => (view.printer.id === ids.bar ? { ...view, mine: false, owner: 'Back office', status: null } : view)),
  }
}

/** By name. */
export const scenes: Record<string, () => Snapshot> = { evening, trouble, alarms, foreign, outage, nothing, elsewhere, copied, standby, stranger, replaced, tested, 'two-counters': twoCounters, login: () => signedOut(null), ended: () => signedOut(ended) }
