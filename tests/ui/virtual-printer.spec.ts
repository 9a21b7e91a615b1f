import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { launch, shoot } from './browser'
import { Sender, start, until, type Running } from './printer'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let browser: Browser
let running: Running
let page: Page
let senders: Sender[] = []
beforeAll(async () => {
  browser = await launch()
})
beforeEach(async () => {
  running = await start('--escpos', 'Kitchen=127.0.0.1:0', '--escpos', 'Bar <b>=127.0.0.1:0', '--paper', 'Bar <b>=58', '--ipp', 'Office=127.0.0.1:0')
})
afterEach(async () => {
  for (const sender of senders) sender.close()
  senders = []
  await page.context().close()
  running.program.kill()
})
afterAll(() => browser.close())

async function show(colorScheme: 'light' | 'dark' = 'light', width = 1024, height = 768): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale: 'en-GB', reducedMotion: 'reduce' })
  page = await context.newPage()
  page.setDefaultTimeout(15_000)
  page.on('pageerror', (error) => {
    throw error
  })
  page.on('dialog', (dialog) => {
    throw new Error(`a receipt made the page say ${dialog.message()}`)
  })
  await page.goto(running.web)
  await page.getByText('Live', { exact: true }).waitFor()
}

async function sender(name = 'Kitchen'): Promise<Sender> {
  const made = await Sender.connect(running.escpos[name] ?? '')
  senders.push(made)
  return made
}

const column = (name = 'Kitchen') => page.getByRole('region', { name, exact: true })
const ticket = (text: string) => `\x1b@${text}\n\x1dV\x42\x00`
const confirm = '\x1d(H\x06\x0000' + '0042'
const confirmed = '37223030343200'
const hex = (sender: Sender) => sender.heard.toString('hex')
const quiet = () => new Promise((resolve) => setTimeout(resolve, 200))

/** What a sender is answered, all of it. */
async function answer(bytes: string, said: string): Promise<void> {
  const asks = await sender()
  asks.send(bytes)
  await until(() => hex(asks), (heard) => heard === said)
  asks.close()
}

/** How long a sender waits for its answer. */
async function waited(bytes: string, said: string): Promise<number> {
  const began = Date.now()
  await answer(bytes, said)
  return Date.now() - began
}

async function isReset(bytes: string): Promise<void> {
  const broken = await sender()
  broken.send(bytes)
  await until(() => broken.ended, (ended) => ended === 'reset')
}

/** Each switch of a printer that takes ESC/POS: the number to turn it on with, and what a sender meets then. */
const effects: Record<string, [number | null, () => Promise<unknown>]> = {
  'Out of paper': [null, () => answer('\x10\x04\x04', '7e')],
  'Paper ends after': [2, async () => {
    const prints = await sender()
    prints.send('a\nb\nc\n')
    await column().getByText('Out of paper').first().waitFor()
    prints.send('\x10\x04\x04')
    await until(() => hex(prints), (heard) => heard === '7e')
    prints.close()
  }],
  'Roll nearly used up': [null, () => answer('\x10\x04\x04', '1e')],
  'Cover open': [null, () => answer('\x10\x04\x02', '16')],
  'Cutter stuck': [null, () => answer('\x10\x04\x03', '1a')],
  Broken: [null, () => answer('\x10\x04\x03', '32')],
  'Drawer stands open': [null, () => answer('\x10\x04\x01\x1dr\x02', '1601')],
  'Prints slowly': [10, async () => {
    expect(await waited(`a\nb\nc\nd\n${confirm}`, confirmed)).toBeGreaterThanOrEqual(290)
  }],
  'Refuses connections': [null, async () => {
    expect((await sender()).ended).toBe('refused')
  }],
  'Connects, takes nothing': [null, async () => {
    const waits = await sender()
    waits.send('\x10\x04\x01')
    await quiet()
    expect(hex(waits)).toBe('')
    await column().getByRole('switch', { name: 'Connects, takes nothing' }).click()
    await until(() => hex(waits), (heard) => heard === '12')
    waits.close()
  }],
  'Turns a second away': [null, async () => {
    const first = await sender()
    first.send('\x10\x04\x01')
    await until(() => hex(first), (heard) => heard === '12')
    await isReset('')
    first.close()
  }],
  'Takes slowly': [100, async () => {
    expect(await waited(`${'\0'.repeat(40)}${confirm}`, confirmed)).toBeGreaterThanOrEqual(350)
  }],
  'Resets once after': [3, async () => {
    await isReset('a\nb\n')
    await answer('\x10\x04\x01', '12')
  }],
  'Resets each after': [3, async () => {
    await isReset('a\nb\n')
    await isReset('a\nb\n')
  }],
  'Power fails after': [3, async () => {
    await isReset('a\nb\n')
    await answer('\x10\x04\x01', '12')
  }],
  'No status': [null, async () => {
    await answer(`\x10\x04\x01${confirm}`, confirmed)
  }],
  'Status unasked': [null, () => answer('', '10000000')],
  'Tells of power cuts': [null, async () => {
    await Promise.all([page.waitForResponse(/\/power$/), column().getByRole('button', { name: 'Cut power' }).click()])
    await answer('', '3b3100')
  }],
  'No confirmation': [null, () => answer(`${confirm}\x10\x04\x01`, '12')],
  'Confirms late': [300, async () => {
    expect(await waited(confirm, confirmed)).toBeGreaterThanOrEqual(300)
  }],
  'Wrong confirmation': [null, () => answer(confirm, '37223030303000')],
  Nonsense: [null, () => answer('\x10\x04\x01', 'ff00c13741')],
}

async function turnOn(words: string, number: number | null): Promise<void> {
  const button = column().getByRole('switch', { name: words, exact: true })
  if (number !== null) await column().getByRole('spinbutton', { name: `${words}: ` }).fill(String(number))
  await button.click()
  await expect.poll(() => button.getAttribute('aria-checked')).toBe('true')
}

test('every switch of a printer is felt at its port, and "All well" ends it', async () => {
  await show()
  await column().getByRole('button', { name: 'Faults' }).click()
  expect(await column().getByRole('switch').allTextContents()).toEqual(Object.keys(effects))
  for (const [words, [number, effect]] of Object.entries(effects)) {
    await turnOn(words, number)
    try {
      await effect()
    } catch (error) {
      throw new Error(`${words}: ${String(error)}`, { cause: error })
    }
    await column().getByRole('button', { name: 'All well' }).click()
    await expect.poll(() => column().locator('[aria-checked=true]').count()).toBe(0)
    await answer('\x10\x04\x01', '12')
  }
})

test('every switch of an IPP printer turns, and none that it does not have is shown', async () => {
  await show()
  await column('Office').getByRole('button', { name: 'Faults' }).click()
  const all = column('Office').getByRole('switch')
  for (const button of await all.all()) {
    await button.click()
    await expect.poll(() => button.getAttribute('aria-checked')).toBe('true')
  }
  expect(await all.count()).toBeGreaterThan(10)
  expect(await column('Office').getByText('Cutter stuck').count()).toBe(0)
  expect(await column('Kitchen').getByText('HTTP says').count()).toBe(0)
  await column('Office').getByRole('button', { name: 'All well' }).click()
  await column('Office').getByText('Ready', { exact: true }).waitFor()
})

test('the paper is taken out and put in by one button, and the ticket comes out live', async () => {
  await show()
  await column().getByRole('button', { name: 'Take paper out' }).click()
  await column().getByText('No paper', { exact: true }).waitFor()
  const prints = await sender()
  prints.send(ticket('Order 42') + confirm)
  await column().getByText('wait and print by themselves', { exact: false }).waitFor()
  expect(await column().locator('figure').count()).toBe(0)
  await column().getByRole('button', { name: 'Put paper in' }).click()
  await until(() => hex(prints), (heard) => heard === confirmed)
  const picture = column().getByAltText('Order 42')
  await picture.waitFor()
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth)).toBe(576)
  await column().getByText('Ready', { exact: true }).or(column().getByText('Connected', { exact: true })).first().waitFor()
})

test('what hangs out can be torn off, and what a lost sender left is marked as torn', async () => {
  await show()
  const tear = column().getByRole('button', { name: 'Tear off' })
  expect(await tear.isDisabled()).toBe(true)
  const prints = await sender()
  prints.send('half a ticket\n')
  await expect.poll(() => tear.isEnabled()).toBe(true)
  await tear.click()
  await column().getByAltText('half a ticket').waitFor()
  prints.send('the other half\n\x10\x04\x01')
  await until(() => hex(prints), (heard) => heard === '12')
  prints.close()
  await column().getByAltText('the other half').waitFor()
  expect(await column().getByText('Torn: not cut').count()).toBe(2)
})

test('each opening of the drawer is counted, and the power goes and comes', async () => {
  await show()
  const prints = await sender()
  prints.send('\x1bp\x00\x32\x32')
  await column().getByText('Drawer opened 1×').waitFor()
  prints.send('\x10\x14\x01\x01\x02')
  await column().getByText('Drawer opened 2×').waitFor()
  await column().getByRole('button', { name: 'Cut power' }).click()
  await until(() => prints.ended, (ended) => ended === 'reset')
})

test('markup in a ticket or in the name of a printer is text', async () => {
  await show()
  const bad = '<img src=x onerror=alert(1)><script>alert(2)</script>'
  const prints = await sender('Bar <b>')
  prints.send(ticket(bad) + confirm)
  const figure = column('Bar <b>').locator('figure')
  await figure.waitFor()
  const text = await figure.getByRole('img').getAttribute('alt')
  expect(text?.replaceAll('\n', '')).toBe(bad)
  expect(await figure.locator('img, script').count()).toBe(1)
  expect(await column('Bar <b>').locator('h2').innerHTML()).toBe('Bar &lt;b&gt;')
  await expect.poll(() => figure.getByRole('img').evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(384)
})

test('a burst of receipts is shown once each, and the page stays usable', async () => {
  await show()
  const prints = await sender()
  for (let number = 1; number <= 300; number++) prints.send(ticket(`Order ${number}`))
  await column().getByAltText('Order 300').waitFor()
  expect(await column().locator('figure').count()).toBe(20)
  await column().getByRole('button', { name: 'Show older receipts' }).click()
  const numbers = await column().locator('figure strong').allTextContents()
  expect(numbers).toEqual(Array.from({ length: 40 }, (_, at) => String(300 - at)))
})

/** What axe finds wrong, a line each. */
async function wrong(): Promise<string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(() => (window as unknown as { axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe.run())
  return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`))
}

const kitchen = '\x1b@\x1ba\x01\x1d!\x11KITCHEN\n\x1d!\x00Order 42   19:40\n\x1ba\x00' + '-'.repeat(48) + '\n\x1d!\x01 2x Margherita\n 1x Tagliatelle al ragu\n\x1d!\x00    no garlic\n\x1d!\x01 3x Tiramisu\n\x1d!\x00' + '-'.repeat(48) + '\nTable 7\n\x1dV\x42\x00'
const bill = '\x1b@\x1ba\x01\x1bE\x01OSTERIA DEL PORTO\x1bE\x00\nReceipt 1042\n\n\x1ba\x00Margherita                 19.00\nTagliatelle                14.50\n\x1bE\x01Total                      33.50\x1bE\x00\n\n\x1ba\x01\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06\x1d(k\x1d\x001P0https://example.org/r/1042\x1d(k\x03\x001Q0\n\x1bp\x00\x32\x32\x1dV\x42\x00'

describe.each(['light', 'dark'] as const)('%s', (scheme) => {
  test('the page is whole and accessible at 1024 x 768', async () => {
    await show(scheme)
    const prints = await sender()
    prints.send(kitchen + ticket('Order 41') + kitchen)
    await column().locator('figure').nth(2).waitFor()
    const bills = await sender('Bar <b>')
    bills.send(bill + 'torn off in the\nmiddle of it\n')
    await column('Bar <b>').getByText('opened 1×').waitFor()
    bills.close()
    await column('Bar <b>').getByText('Torn: not cut').waitFor()
    await looks(`virtual-printer-${scheme}`)
    await column().getByRole('button', { name: 'Take paper out' }).click()
    await column().getByRole('button', { name: 'Faults' }).click()
    await turnOn('Roll nearly used up', null)
    await turnOn('Takes slowly', 500)
    await column('Bar <b>').getByRole('button', { name: 'Faults' }).click()
    await column('Bar <b>').getByRole('switch', { name: 'Cutter stuck' }).click()
    await column('Bar <b>').getByText('It goes on when it is recovered').waitFor()
    await looks(`virtual-printer-faults-${scheme}`)
  })
})

async function looks(name: string): Promise<void> {
  await expect.poll(() => page.evaluate(() => [...document.images].every((image) => image.complete))).toBe(true)
  expect(await wrong()).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
  expect(await page.locator('main').evaluate((main: HTMLElement) => main.scrollWidth - main.clientWidth)).toBeLessThanOrEqual(0)
  await shoot(page, name)
}
