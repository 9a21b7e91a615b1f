// What the scripted counter can begin as; `?scene=NAME` chooses.
import type { Problem, Snapshot } from '../../../src/bindings'
import { counter, evening, ids, minutesAgo, order, printer, shown } from './evening'

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
    orders: [...all.orders, ...backlog, { id: '00000004-0000-4000-8000-000000000900', order: null, raw: '{\n  "number": 900,\n  "lines": "soup"\n}', changes: [], handling: 'routed', tickets: [] }],
    printers: [
      printer(ids.front, 'Counter', '192.168.1.40', { model: 'Epson TM-m30III', status: { printer: ids.front, health: 'unreachable', since, paper_low: false, drawer_open: null, paused: false, open_jobs: 2, last_printed: null, detail: 'connect 192.168.1.40:9100: no route to host (os error 113)', certificate: null }, sync: { sync: 'waiting', next: minutesAgo(-1), detail: 'connection refused' } }),
      printer(ids.kitchen, 'Kitchen', '192.168.1.41', { confirm: null, sync: { sync: 'failed', problem: { code: 'conflict', message: 'version 4 is current, 3 was named' } } }),
      printer(ids.bar, 'Bar', '192.168.1.43', { mine: false, owner: 'Back office', status: null }),
    ],
  }
}

const elsewhere = (): Snapshot => ({ ...evening(), counter: { ...counter, print_here: { owner: 'Back office', last_heard: minutesAgo(14) } }, printers: evening().printers.map((view) => ({ ...view, mine: false, owner: 'Back office', status: null })) })

/** By name. */
export const scenes: Record<string, () => Snapshot> = { evening, trouble, nothing, elsewhere, login: () => signedOut(null), ended: () => signedOut(ended) }
