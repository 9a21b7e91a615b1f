import { expect, test } from 'vitest'
import type { Rule, RulesView } from '../ipc'
import { withTicket, uncovered } from './printers.svelte'

const kitchen = (stations: string[], more: Partial<Rule> = {}): Rule => ({ id: stations.join(), ticket: 'kitchen', stations, channels: [], kinds: [], printer: 'p', copies: 1, ...more })
const rules = (...all: Rule[]): RulesView => ({ rules: all, stations: ['bar', 'grill'], sync: { sync: 'synced' } })

test('a station that no sentence names is missing', () => {
  expect(uncovered(rules(kitchen(['bar'])))).toEqual(['grill'])
  expect(uncovered(rules())).toEqual(['bar', 'grill'])
})

test('one sentence for all stations covers every one', () => {
  expect(uncovered(rules(kitchen([])))).toEqual([])
})

test('a sentence for receipts makes no dish', () => {
  expect(uncovered(rules(kitchen([], { ticket: 'receipt' })))).toEqual(['bar', 'grill'])
})

test('a sentence that is to print delivery slips forgets the kinds of orders it was for', () => {
  const pickups = kitchen(['bar'], { kinds: ['pickup'] })
  expect(withTicket(pickups, 'delivery')).toEqual({ ...pickups, ticket: 'delivery', kinds: [] })
  expect(withTicket(pickups, 'receipt').kinds).toEqual(['pickup'])
})

test('a sentence for some orders only does not cover all stations', () => {
  expect(uncovered(rules(kitchen([], { channels: ['web'] })))).toEqual(['bar', 'grill'])
})
