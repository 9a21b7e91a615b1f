import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launch, open, shoot } from './browser'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const sizes = [[1024, 768], [1440, 900]] as const
const places = [
  ['orders', 'evening', 'orders'],
  ['orders-trouble', 'trouble', 'orders'],
  ['orders-alarms', 'alarms', 'orders'],
  ['orders-outage', 'outage', 'orders'],
  ['orders-two-counters', 'two-counters', 'orders'],
  ['printers-outage', 'outage', 'printers'],
  ['orders-empty', 'nothing', 'orders'],
  ['printers', 'evening', 'printers'],
  ['printers-trouble', 'trouble', 'printers'],
  ['printers-empty', 'nothing', 'printers'],
  ['settings', 'evening', 'settings'],
  ['login', 'login', ''],
  ['login-ended', 'ended', ''],
] as const

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

/** What axe finds wrong, a line each. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(() => (window as unknown as { axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe.run())
  return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`))
}

/** Whatever sticks out at the side of the window, or would have to be scrolled sideways. */
function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('body *')]
      .filter((element) => {
        if (element.closest('svg, .quiet')) return false
        const { left, right } = element.getBoundingClientRect()
        const scrolls = /auto|scroll/.test(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth + 1
        return scrolls || left < -1 || right > innerWidth + 1
      })
      .map((element) => `${element.tagName}.${element.className}`),
  )
}

describe.each(places)('%s', (name, scene, screen) => {
  describe.each(['light', 'dark'] as const)('%s', (theme) => {
    test.each(sizes)('is whole and accessible at %i x %i', async (width, height) => {
      const page = await open(browser, { scene, screen, theme, width, height })
      await shoot(page, `${name}-${theme}-${width}`)
      expect(await faults(page)).toEqual([])
      expect(await sideways(page)).toEqual([])
      await page.context().close()
    })
  })

  test('fits in German', async () => {
    const page = await open(browser, { scene, screen, language: 'de', width: 1024, height: 768 })
    await shoot(page, `${name}-de-1024`)
    expect(await sideways(page)).toEqual([])
    await page.context().close()
  })

  test('can be read at 200 %', async () => {
    const page = await open(browser, { scene, screen, width: 512, height: 384, scale: 2 })
    await shoot(page, `${name}-zoom-200`)
    expect(await sideways(page)).toEqual([])
    await page.context().close()
  })
})

test.each(['light', 'dark'] as const)('the form of a printer is whole and accessible, %s', async (theme) => {
  const page = await open(browser, { screen: 'printers', theme, width: 1024, height: 768 })
  await page.locator('article', { hasText: 'Bar' }).getByRole('button', { name: 'Edit' }).click()
  await page.getByText('When it is not quite like that').click()
  await shoot(page, `printer-form-${theme}-1024`)
  expect(await faults(page)).toEqual([])
  expect(await sideways(page)).toEqual([])
  await page.getByRole('combobox', { name: 'Model' }).click()
  await page.keyboard.press('ArrowDown')
  await page.getByRole('option').first().waitFor()
  await shoot(page, `printer-models-${theme}-1024`)
  expect(await faults(page)).toEqual([])
  expect(await sideways(page)).toEqual([])
  await page.context().close()
})
