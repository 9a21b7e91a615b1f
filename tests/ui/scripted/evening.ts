// A restaurant on a busy evening, as its counter would tell it.
import type { CounterView, FoundPrinter, JobState, Line, Order, OrderView, PrinterView, ProfileView, Snapshot, TicketChanged } from '../../../src/bindings'

/** The clock of the script; the tests set the browser's clock to it. */
export const NOW = '2026-08-14T17:42:20Z'

export const minutesAgo = (minutes: number, seconds = 0): string => new Date(Date.parse(NOW) - minutes * 60_000 - seconds * 1000).toISOString()
const uuid = (group: number, n: number): string => `0000000${group}-0000-4000-8000-${String(n).padStart(12, '0')}`
const euro = (minor: number) => ({ minor, currency: 'EUR' })

export const ids = { counter: uuid(1, 1), business: uuid(2, 1), front: uuid(3, 1), kitchen: uuid(3, 2), bar: uuid(3, 3) }
export const orderId = (number: number): string => uuid(4, number)
export const jobId = (number: number, ticket: number): string => uuid(5, number * 10 + ticket)

type Dish = [quantity: number, name: string, price: number, note?: string | null, options?: string[], station?: string]

function lines(dishes: Dish[]): Line[] {
  return dishes.map(([quantity, name, price, note = null, options = [], station = 'kitchen'], at) => ({
    id: at + 1, item_id: uuid(6, at + 1), name, quantity, unit_price: euro(price), options: options.map((name) => ({ name, price: euro(0) })), note, station, total: euro(price * quantity),
  }))
}

export function order(number: number, age: number, dishes: Dish[], more: Partial<Order> = {}): Order {
  const total = dishes.reduce((sum, [quantity, , price]) => sum + quantity * price, 0)
  return {
    id: orderId(number), business_id: ids.business, number, revision: 1, status: 'open', channel: 'web', kind: 'pickup',
    placed_at: minutesAgo(age), revised_at: minutesAgo(age), promised_at: null, customer: { name: null, phone: null, address: [] }, table: null, note: null,
    lines: lines(dishes), totals: { subtotal: euro(total), delivery_fee: null, total: euro(total) }, payment: { method: 'cash', paid: false }, cancelled: false, ...more,
  }
}

/** A ticket: `receipt` at the front, `kitchen` and `kitchen:bar` where they belong. */
export function ticket(number: number, at: number, name: string, state: JobState, age: number, more: Partial<TicketChanged> = {}): TicketChanged {
  const destination = name === 'receipt' ? ids.front : name === 'kitchen:bar' ? ids.bar : ids.kitchen
  const printed = state.state === 'printed' || state.state === 'sent' || state.state === 'unconfirmed' || state.state === 'printing'
  return {
    job: jobId(number, at), order: orderId(number), revision: 1, ticket: name, destination, printed_by: printed ? destination : null, backup_for: null, urgent: false, copy: 0, state,
    attempts: 0, submitted_at: minutesAgo(age), at: minutesAgo(age, -12), next_try: null, note: null, ...more,
  }
}

export function shown(order: Order, tickets: TicketChanged[], more: Partial<OrderView> = {}): OrderView {
  return { id: order.id, order, raw: null, changes: [], handling: 'routed', tickets, elsewhere: [], printed_twice: [], ...more }
}

export const profiles: ProfileView[] = [
  { id: 'generic-80', maker: null, paper_mm: 80, columns: 48, cutter: true },
  { id: 'generic-58', maker: null, paper_mm: 58, columns: 32, cutter: true },
  { id: 'generic-76', maker: null, paper_mm: 76, columns: 33, cutter: true },
  { id: 'generic-80-japanese', maker: null, paper_mm: 80, columns: 48, cutter: true },
  { id: 'generic-80-simplified-chinese', maker: null, paper_mm: 80, columns: 48, cutter: true },
  { id: 'TM-T88V', maker: 'Epson', paper_mm: 80, columns: 42, cutter: true },
  { id: 'TM-T88IV', maker: 'Epson', paper_mm: 80, columns: 42, cutter: true },
  { id: 'TM-U220', maker: 'Epson', paper_mm: 76, columns: 33, cutter: true },
  { id: 'NT-5890K', maker: 'Netum', paper_mm: 58, columns: 32, cutter: false },
  { id: 'SRP-S300', maker: 'Bixolon', paper_mm: 80, columns: 48, cutter: true },
]

export function printer(id: string, name: string, host: string, more: Partial<PrinterView> & { model?: string; confirm?: boolean | null; profile?: string; columns?: number | null; cutter?: boolean | null } = {}): PrinterView {
  const { model = null, confirm = true, profile = 'generic-80', columns = null, cutter = null, ...view } = more
  return {
    printer: {
      id, name, enabled: true, owner: ids.counter, address: `tcp://${host}:9100`, profile_id: profile, overrides: { columns, dots: null, cutter, native_qr: null },
      learned: { status: true, confirm, model, maker: null, serial: null, firmware: null, cutter: null, native_qr: true, drawer: null, uuid: null, mac: null, certificate: null }, backups: [],
      policy: { attempts: 3, first_delay_ms: 1000, ceiling_ms: 30_000, when_unreachable: 'wait', reprint_uncertain: 'ask', failover_after_s: 120 },
    },
    status: { printer: id, health: 'ready', since: minutesAgo(90), paper_low: false, drawer_open: null, paused: false, open_jobs: 0, last_printed: minutesAgo(2), detail: null, certificate: null, device: null },
    paper_mm: profiles.find(({ id }) => id === profile)?.paper_mm ?? 80,
    mine: true, ask_qr: false, owner: 'Front PC', foreign: null, sync: { sync: 'synced' }, ...view,
  }
}

const found = (address: string, more: Partial<FoundPrinter>): FoundPrinter => ({ address, name: null, maker: null, model: null, way: 'announced', also: [], other_language: false, profile_id: null, known_as: null, ...more })

/** What announces itself or answers. */
export const findable: FoundPrinter[] = [
  found('ipps://192.168.1.60:631/ipp/print', { name: 'Bar upstairs', maker: 'EPSON', model: 'TM-m30III', also: ['spooler://Bar_upstairs'] }),
  found('tcp://192.168.1.40:9100', { maker: 'EPSON', model: 'TM-T88V', way: 'answered', profile_id: 'TM-T88V', known_as: 'Counter' }),
  found('tcp://192.168.1.61:9100', { maker: 'EPSON', model: 'TM-T20II', way: 'answered', profile_id: 'TM-T20II' }),
  found('tcp://192.168.1.62:9100', { maker: 'Star', model: 'TSP143IIILAN', way: 'answered', other_language: true }),
]
/** What only a search from address to address sees. */
export const listening: FoundPrinter = found('tcp://192.168.1.77:9100', { way: 'listens' })

export const counter: CounterView = {
  id: ids.counter,
  name: 'Front PC',
  session: { session: 'signed_in', server: 'https://orders.trattoria-rosa.example', name: 'Ana Ruiz', role: 'owner', forgotten_at_exit: false },
  link: { link: 'live' },
  business: { name: 'Trattoria Rosa', address: ['Hauptstr. 12', '10827 Berlin'], phone: '+49 30 555 01 23', tax_id: 'DE123456789', time_zone: 'Europe/Berlin', locale: 'de-DE', currency: 'EUR', logo: null },
  backlog: null,
  too_old: null,
  print_here: null,
  notices: [],
}

const waiting: JobState = { state: 'waiting', cause: 'paper_out', since: minutesAgo(4), bytes_left: false }
const printed: JobState = { state: 'printed' }

export function evening(): Snapshot {
  return {
    counter,
    orders: [
      shown(order(48, 0.4, [[2, 'Lasagne', 1290], [1, 'Tiramisu', 580], [1, 'Chinotto', 380, null, [], 'bar']], { channel: 'phone', customer: { name: 'Mira Okafor', phone: '+49 171 555 42 17', address: [] } }), [
        ticket(48, 1, 'receipt', { state: 'printing' }, 0.4), ticket(48, 2, 'kitchen', { state: 'queued' }, 0.4), ticket(48, 3, 'kitchen:bar', { state: 'sent' }, 0.4),
      ]),
      shown(order(47, 2, [[1, 'Pizza Diavola', 1390, 'no garlic', ['extra basil']], [1, 'Insalata mista', 900], [2, 'Acqua 0.5 l', 450, null, [], 'bar']], { promised_at: minutesAgo(-23), customer: { name: 'Jonas Weber', phone: '+49 152 555 42 17', address: [] }, payment: { method: 'online', paid: true } }), [
        ticket(47, 1, 'receipt', printed, 2), ticket(47, 2, 'kitchen', waiting, 2), ticket(47, 3, 'kitchen:bar', { state: 'sent' }, 2),
      ]),
      shown(order(46, 6, [[3, 'Ravioli al limone', 1650], [1, 'Chianti Classico 0.75 l', 3200, null, [], 'bar']], { channel: 'till', kind: 'dine_in', table: '6', note: 'Nut allergy at seat 2' }), [
        ticket(46, 1, 'receipt', printed, 6), ticket(46, 2, 'kitchen', { state: 'unconfirmed', cause: 'no_confirmation' }, 5),
      ]),
      shown(order(45, 11, [[1, 'Margherita', 990], [1, 'Ayran', 280, null, [], 'bar']], { kind: 'delivery', customer: { name: 'Elif Demir', phone: '+49 160 555 77 01', address: ['Gleditschstr. 40', '10781 Berlin'] }, payment: { method: 'card', paid: false }, totals: { subtotal: euro(1270), delivery_fee: euro(380), total: euro(1650) } }), [
        ticket(45, 1, 'receipt', printed, 11), ticket(45, 2, 'kitchen', printed, 11),
      ]),
      shown(order(44, 14, [[2, 'Moussaka', 1390]], { revision: 2, revised_at: minutesAgo(12), customer: { name: 'Γιώργος Π.', phone: null, address: [] } }), [ticket(44, 1, 'receipt', printed, 14), ticket(44, 2, 'kitchen', printed, 14)], {
        handling: 'change_shown', changes: [{ change: 'quantity', name: 'Moussaka', before: 1, after: 2 }, { change: 'removed', quantity: 1, unit: null, name: 'Tzatziki' }],
      }),
      shown(order(43, 21, [[1, 'Gutschein 50 €', 5000, null, [], 'shop']], { channel: 'till', customer: { name: '田中 美咲', phone: null, address: [] }, payment: { method: 'card', paid: true } }), [
        ticket(43, 1, 'receipt', printed, 21), ticket(43, 2, 'kitchen:shop', { state: 'held', cause: 'no_printer' }, 21, { destination: null }),
      ]),
      shown(order(42, 26, [[4, 'Focaccia', 520]], { channel: 'phone', customer: { name: 'Bernadette von Hohenstein-Unterwasser', phone: null, address: [] } }), [
        ticket(42, 1, 'receipt', { state: 'failed', cause: 'refused', detail: 'connection reset by peer (os error 104) before the first byte' }, 26), ticket(42, 2, 'kitchen', printed, 26),
      ]),
      shown(order(41, 48, [[1, 'Carbonara', 1350]], { status: 'cancelled', cancelled: true, customer: { name: 'Piotr Nowak', phone: null, address: [] } }), [ticket(41, 1, 'receipt', printed, 48), ticket(41, 2, 'kitchen', { state: 'cancelled' }, 47)]),
    ],
    printers: [
      printer(ids.bar, 'Bar', '192.168.1.43', { confirm: false, profile: 'generic-58' }),
      printer(ids.front, 'Counter', '192.168.1.40', { model: 'Epson TM-m30III' }),
      printer(ids.kitchen, 'Kitchen', '192.168.1.41', {
        model: 'Star TSP143',
        status: { printer: ids.kitchen, health: 'paper_out', since: minutesAgo(4), paper_low: true, drawer_open: null, paused: false, open_jobs: 3, last_printed: minutesAgo(5), detail: null, certificate: null, device: null },
        sync: { sync: 'saved', due: minutesAgo(-1) },
      }),
    ],
    rules: {
      rules: [
        { id: uuid(7, 1), ticket: 'receipt', stations: [], channels: [], kinds: [], printer: ids.front, copies: 1 },
        { id: uuid(7, 2), ticket: 'kitchen', stations: ['kitchen', 'pizza'], channels: [], kinds: [], printer: ids.kitchen, copies: 1 },
        { id: uuid(7, 3), ticket: 'kitchen', stations: ['bar'], channels: ['till', 'web'], kinds: ['dine_in'], printer: ids.bar, copies: 2 },
      ],
      stations: ['bar', 'kitchen', 'pizza', 'shop'],
      sync: { sync: 'synced' },
    },
  }
}
