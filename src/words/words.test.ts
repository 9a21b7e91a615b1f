import { afterEach, expect, test } from 'vitest'
import { Problem, type Business, type Health, type Reason } from '../ipc'
import { language, languages, say, spoken } from './catalogue.svelte'
import { ago, clockTime, moment, money, quantity, writeAs } from './format.svelte'
import { whatToDo } from './health'
import { explain } from './problem'

const NOW = new Date('2026-08-14T17:42:20Z')
const rosa: Business = { name: 'Rosa', address: [], phone: null, tax_id: null, time_zone: 'Europe/Berlin', locale: 'de-DE', currency: 'EUR', logo: null, standby: true }
afterEach(() => {
  writeAs(null)
  language.tag = 'en'
})

/** Every text of a catalogue with its path; sentences get plausible words to fill in. */
function texts(words: object, path = ''): [string, string][] {
  return Object.entries(words).flatMap(([key, value]): [string, string][] => {
    const at = `${path}.${key}`
    if (typeof value === 'string') return [[at, value]]
    if (typeof value === 'function') return [[at, String((value as (...given: unknown[]) => string)(2, 'Rosa', null))], [at, String((value as (...given: unknown[]) => string)(1, 'Rosa', 'Rosa'))]]
    return texts(value as object, at)
  })
}

test('every language says everything, and nothing half', () => {
  const paths = texts(languages.en).map(([path]) => path)
  for (const words of Object.values(languages)) {
    expect(texts(words).map(([path]) => path)).toEqual(paths)
    for (const [path, text] of texts(words)) expect(text, path).not.toMatch(/undefined|null|NaN|\[object|!/)
  }
})

test('a sentence of what goes where has the same words to choose in every language', () => {
  const slots = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort()
  for (const words of Object.values(languages)) {
    expect(slots(words.rules.receipt)).toEqual(slots(languages.en.rules.receipt))
    expect(slots(words.rules.kitchen)).toEqual(slots(languages.en.rules.kitchen))
    expect(slots(words.rules.delivery)).toEqual(slots(languages.en.rules.delivery))
  }
})

test('the first language that we speak is spoken, else English', () => {
  expect(spoken([null, 'fr-FR', 'de-AT', 'en'])).toBe('de')
  expect(spoken(['ja'])).toBe('en')
})

test('amounts and times are written as the restaurant writes them', () => {
  writeAs(rosa)
  expect(money({ minor: 123456, currency: 'EUR' })).toBe('1.234,56\u00a0€')
  expect(money({ minor: 1200, currency: 'JPY' })).toContain('1.200')
  expect(money({ minor: 1500, currency: 'KWD' })).toContain('1,500')
  expect(clockTime(NOW)).toBe('19:42')
  writeAs({ ...rosa, locale: 'en-US', time_zone: 'America/New_York' })
  expect(money({ minor: -50, currency: 'USD' })).toBe('-$0.50')
  expect(clockTime(NOW)).toMatch(/^01:42\sPM$/)
})

test('digits that a restaurant leaves out are left out of whole amounts', () => {
  writeAs({ ...rosa, locale: 'hu-HU', currency: 'HUF', minor_digits: 0 })
  expect(money({ minor: 45000, currency: 'HUF' })).toBe('450\u00a0Ft')
  expect(money({ minor: 45050, currency: 'HUF' })).toBe('450,50\u00a0Ft')
  writeAs({ ...rosa, locale: 'bn-BD-u-nu-latn', currency: 'BDT' })
  expect(money({ minor: 123450, currency: 'BDT' })).toBe('1,234.50৳')
})

test('a part of a dish is written as the restaurant writes it', () => {
  writeAs(rosa)
  expect([quantity(2), quantity(0.5), quantity(0.35, 'kg')]).toEqual(['2', '0,5', '0,35 kg'])
})

test('a restaurant that writes nonsense in its settings stops nothing', () => {
  writeAs({ ...rosa, locale: 'not a locale', time_zone: 'Moon/Base' })
  expect(money({ minor: 100, currency: 'EUR' })).toContain('1')
  expect(clockTime(NOW)).toMatch(/\d\d/)
})

test('a time of another day says which day', () => {
  writeAs(rosa)
  expect(moment('2026-08-14T10:00:00Z', NOW)).toBe('12:00')
  expect(moment('2026-08-12T10:00:00Z', NOW)).toContain('Aug')
  expect(ago('2026-08-14T17:42:00Z', NOW)).toBe('just now')
  expect(ago('2026-08-14T17:30:00Z', NOW)).toBe('12 min')
})

test('a printer in trouble says what is wrong and what to do', () => {
  const trouble: Health[] = ['no_address', 'unreachable', 'offline', 'paper_out', 'cover_open', 'cutter_error', 'fault', 'disabled', 'stranger']
  for (const tag of Object.keys(languages) as (keyof typeof languages)[]) {
    language.tag = tag
    for (const health of trouble) expect(whatToDo(health, 'Kitchen'), `${tag} ${health}`).toMatch(/Kitchen.*\. .+\./)
  }
})

test('a problem is told by its code, whichever way it travelled', () => {
  const reason: Reason = { code: 'wrong_credentials', message: 'no', field: 'password' }
  expect(explain(reason)).toEqual(explain(new Problem(reason)))
  expect(explain(reason)).toEqual({ title: say().problem.wrong_credentials[0], hint: say().problem.wrong_credentials[1], technical: 'wrong_credentials (password): no' })
  expect(explain(new Error('boom'))).toMatchObject({ technical: 'internal: boom' })
})
