import { mockIPC, mockWindows } from '@tauri-apps/api/mocks'
import { beforeEach, expect, test, vi } from 'vitest'
import { Counter } from './counter.svelte'
import type { CounterView, OrderView, Snapshot } from './ipc'

const view: CounterView = { id: 'c', name: 'Front', session: { session: 'signed_in', server: 's', name: 'Ana', role: 'owner', forgotten_at_exit: false }, link: { link: 'live' }, business: null, backlog: null, too_old: null, print_here: null, notices: [] }
const order = (id: string): OrderView => ({ id, order: null, raw: '{}', changes: [], handling: 'routed', tickets: [], elsewhere: [], printed_twice: [] })
const all = (orders: OrderView[]): Snapshot => ({ counter: view, orders, printers: [], rules: { rules: [], stations: [], sync: { sync: 'synced' } } })

let answer: () => Promise<Snapshot>
beforeEach(() => {
  vi.stubGlobal('window', globalThis)
  mockWindows('main')
  mockIPC((command) => (command === 'snapshot' ? answer() : null))
})

test('a change that comes while everything is asked for is not lost', async () => {
  const counter = new Counter()
  answer = async () => {
    counter.apply({ what: 'order', value: order('new') })
    return all([order('old')])
  }
  await counter.load()
  expect(counter.orders.all.map((one) => one.id)).toEqual(['new', 'old'])
})

test('after a reset everything is asked for anew, and the old restaurant is gone', async () => {
  const counter = new Counter()
  answer = async () => all([order('theirs')])
  await counter.load()
  answer = async () => all([order('ours')])
  counter.apply({ what: 'reset' })
  await vi.waitFor(() => expect(counter.orders.all.map((one) => one.id)).toEqual(['ours']))
})

test('a reset while everything is asked for asks once more, and keeps nothing of before', async () => {
  const counter = new Counter()
  answer = async () => {
    answer = async () => all([order('ours')])
    counter.apply({ what: 'order', value: order('theirs') })
    counter.apply({ what: 'reset' })
    return all([order('theirs')])
  }
  await counter.load()
  expect(counter.orders.all.map((one) => one.id)).toEqual(['ours'])
})

test('a counter that cannot be asked shows why, and can be asked again', async () => {
  const counter = new Counter()
  answer = () => Promise.reject({ code: 'storage', message: 'disk full' })
  await counter.load()
  expect(counter.failure).toMatchObject({ code: 'storage' })
  expect(counter.view).toBeNull()
  answer = async () => all([])
  await counter.load()
  expect(counter.failure).toBeNull()
  expect(counter.view).toEqual(view)
})
