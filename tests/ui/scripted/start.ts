// A counter that follows a script, in place of the program behind the window. It answers commands, keeps what it was
// asked, and lets a test say what changes: `window.script`.
import { emit } from '@tauri-apps/api/event'
import { mockIPC, mockWindows } from '@tauri-apps/api/mocks'
import type { OrderView, Preferences, PrinterForm, Problem, Sound, TicketChanged, TicketStep, Update } from '../../../src/bindings'
import { counter, evening, findable, listening, printer, profiles } from './evening'
import { picture } from './paper'
import { scenes } from './scenes'

type Given = Record<string, unknown>

const asked = new URLSearchParams(location.search)
let now = (scenes[asked.get('scene') ?? 'evening'] ?? evening)()
const preferences: Preferences = { language: asked.get('language') ?? 'en', theme: asked.get('theme') === 'dark' ? 'dark' : 'light', sound: false, last_screen: asked.get('screen') ?? 'orders' }
const calls: { command: string; given: Given }[] = []

function tell(update: Update): Promise<void> {
  if (update.what === 'order') {
    const known = now.orders.some((view) => view.id === update.value.id)
    now = { ...now, orders: known ? now.orders.map((view) => (view.id === update.value.id ? update.value : view)) : [update.value, ...now.orders] }
  } else if (update.what === 'printers') now = { ...now, printers: update.value }
  else if (update.what === 'rules') now = { ...now, rules: update.value }
  else if (update.what === 'counter') now = { ...now, counter: update.value }
  return emit('updated', update)
}

function find(job: unknown): [OrderView, TicketChanged] {
  for (const view of now.orders) for (const ticket of view.tickets) if (ticket.job === job) return [view, ticket]
  throw { code: 'not_found', message: `no job ${String(job)}` } satisfies Problem
}

/** A ticket's state as the queue would tell it. */
function become(job: unknown, change: Partial<TicketChanged>): Promise<void> {
  const [view, ticket] = find(job)
  return tell({ what: 'order', value: { ...view, tickets: view.tickets.map((one) => (one === ticket ? { ...ticket, ...change, at: new Date().toISOString() } : one)) } })
}

function history(ticket: TicketChanged): TicketStep[] {
  const queued: TicketStep = { at: ticket.submitted_at, state: { state: 'queued' }, printer: ticket.destination, cause: 'the order came' }
  return ticket.state.state === 'queued' ? [queued] : [queued, { at: ticket.at, state: ticket.state, printer: ticket.destination, cause: 'nothing was printed: it says that it cannot print (paper_out)' }]
}

function saved(form: PrinterForm): string {
  if (!/^[\w.:-]+$/.test(form.address)) throw { code: 'invalid', message: `"${form.address}" is not an address`, field: 'address' } satisfies Problem
  const id = form.id ?? crypto.randomUUID()
  const view = printer(id, form.name, form.address.replace(/:9100$/, ''), { confirm: null, profile: form.profile_id, columns: form.columns, cutter: form.cutter, sync: { sync: 'saved', due: new Date(Date.now() + 120_000).toISOString() } })
  void tell({ what: 'printers', value: [...now.printers.filter((one) => one.printer.id !== id), view] })
  return id
}

/** Finds a few printers, one after the other, and more where the network is searched. */
async function search(network: boolean): Promise<null> {
  const there = asked.get('find') === 'none' && !network ? [] : network ? [...findable, listening] : findable
  await tell({ what: 'found', value: { searching: true, network, found: there.slice(0, 1), detail: null } })
  if (asked.get('find') === 'slow') return null
  await tell({ what: 'found', value: { searching: false, network, found: there, detail: null } })
  return null
}

const answers: Record<string, (given: Given) => unknown> = {
  snapshot: () => now,
  preferences: () => preferences,
  set_preferences: () => null,
  default_server: () => 'http://127.0.0.1:8080',
  login: ({ server, password }) => {
    if (String(server).includes('nowhere')) throw { code: 'server_unreachable', message: 'dns error: failed to lookup address information' } satisfies Problem
    if (password !== 'demo') throw { code: 'wrong_credentials', message: 'e-mail and password do not belong together' } satisfies Problem
    now = evening()
    return tell({ what: 'counter', value: counter }).then(() => emit('updated', { what: 'reset' })).then(() => null)
  },
  logout: () => emit('updated', { what: 'reset' }).then(() => null),
  ticket_picture: ({ job }) => picture(...find(job)),
  it_printed: ({ job }) => become(job, { state: { state: 'printed' } }).then(() => null),
  print_again: ({ job }) => become(job, { state: { state: 'queued' } }).then(() => null),
  cancel_job: ({ job }) => become(job, { state: { state: 'cancelled' } }).then(() => null),
  choose_printer: ({ job, printer }) => become(job, { state: { state: 'queued' }, destination: String(printer) }).then(() => null),
  reprint: ({ job }) => {
    const [view, ticket] = find(job)
    const again: TicketChanged = { ...ticket, job: crypto.randomUUID(), copy: ticket.copy + 1, state: { state: 'queued' }, submitted_at: new Date().toISOString(), at: new Date().toISOString() }
    return tell({ what: 'order', value: { ...view, tickets: [...view.tickets, again] } }).then(() => null)
  },
  hold_ticket: ({ job }) => become(job, { state: { state: 'held', cause: 'by_hand' } }).then(() => null),
  release_ticket: ({ job }) => become(job, { state: { state: 'queued' } }).then(() => null),
  print_next: ({ job }) => become(job, { urgent: true }).then(() => null),
  ticket_history: ({ job }) => history(find(job)[1]),
  decide_old_tickets: () => tell({ what: 'counter', value: { ...now.counter, too_old: null } }).then(() => null),
  pause_printer: ({ id, paused }) => tell({ what: 'printers', value: now.printers.map((view) => (view.printer.id === id && view.status !== null ? { ...view, status: { ...view.status, paused: Boolean(paused) } } : view)) }).then(() => null),
  backlog: () => tell({ what: 'counter', value: { ...now.counter, backlog: null } }).then(() => null),
  printer_profiles: () => profiles,
  probe_printer: ({ address }) => ({ health: String(address).endsWith('.99') ? 'unreachable' : 'ready', model: String(address).endsWith('.99') ? null : 'Epson TM-T88VII', detail: String(address).endsWith('.99') ? 'connect timed out after 3 s' : null }),
  find_printers: ({ network }) => search(Boolean(network)),
  save_printer: ({ form }) => saved(form as PrinterForm),
  enable_printer: ({ id, enabled }) => tell({ what: 'printers', value: now.printers.map((view) => (view.printer.id === id ? { ...view, printer: { ...view.printer, enabled: Boolean(enabled) } } : view)) }).then(() => null),
  delete_printer: ({ id, then }) => {
    const view = now.printers.find((one) => one.printer.id === id)
    if (then === null && (view?.status?.open_jobs ?? 0) > 0) throw { code: 'conflict', message: `${view?.status?.open_jobs} jobs are open` } satisfies Problem
    return tell({ what: 'printers', value: now.printers.filter((one) => one.printer.id !== id) }).then(() => null)
  },
  test_print: () => crypto.randomUUID(),
  saw_qr: ({ id }) => tell({ what: 'printers', value: now.printers.map((view) => (view.printer.id === id ? { ...view, ask_qr: false } : view)) }).then(() => null),
  trust_printer: ({ id }) => tell({ what: 'printers', value: now.printers.map((view) => (view.printer.id === id && view.status ? { ...view, status: { ...view.status, health: 'ready' as const, certificate: null, device: null, open_jobs: 0 } } : view)) }).then(() => null),
  save_rules: ({ rules }) => tell({ what: 'rules', value: { ...now.rules, rules: rules as never, sync: { sync: 'saved', due: new Date(Date.now() + 120_000).toISOString() } } }).then(() => null),
  print_here: () => tell({ what: 'counter', value: { ...now.counter, print_here: null } }).then(() => null),
  become_another: () => null,
  dismiss_notices: () => tell({ what: 'counter', value: { ...now.counter, notices: [] } }).then(() => null),
}

mockWindows('main')
mockIPC(
  (command, given) => {
    calls.push({ command, given: (given ?? {}) as Given })
    const answer = answers[command]
    if (answer === undefined) throw new Error(`the script knows no command ${command}`)
    return answer((given ?? {}) as Given)
  },
  { shouldMockEvents: true },
)

/** What a test can do to the counter, and ask of it. */
export interface Script {
  calls: typeof calls
  tell: typeof tell
  become: typeof become
  ring: (sound: Sound) => Promise<void>
}

declare global {
  interface Window {
    script: Script
  }
}

window.script = { calls, tell, become, ring: (sound) => emit('rang', sound) }
