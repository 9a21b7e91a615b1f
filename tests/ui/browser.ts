// The screens in a real browser, opened at the scripted moment.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { inject } from 'vitest'
import { NOW } from './scripted/evening'

const SHOTS = join(import.meta.dirname, 'shots')
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']

/** Where Debian and Ubuntu put it, unless the environment knows better. */
function program(): string {
  const found = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path !== undefined && existsSync(path))
  if (found === undefined) throw new Error('no Chromium here: install the package chromium, or name it in CHROMIUM')
  return found
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: program(), args: QUIET })
}

/** How a page is opened. */
export interface Opened {
  scene?: string
  screen?: string
  theme?: 'light' | 'dark'
  language?: 'en' | 'de'
  /** How a search for printers goes: not at all, or slowly. */
  find?: 'none' | 'slow'
  width?: number
  height?: number
  /** Device pixels per pixel: a zoom of 200 % is half the size at scale 2. */
  scale?: number
}

/** A page with the scripted counter behind it; its clock stands at the scripted moment and goes on from there. */
export async function open(browser: Browser, { scene = 'evening', screen = 'orders', theme = 'light', language = 'en', find, width = 1440, height = 900, scale = 1 }: Opened = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale, locale: 'en-GB', timezoneId: 'Europe/Berlin', reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  await page.clock.install({ time: new Date(NOW) })
  page.on('pageerror', (error) => {
    throw error
  })
  await page.goto(`${inject('url')}?${new URLSearchParams({ scene, screen, theme, language, ...(find === undefined ? {} : { find }) })}`)
  await page.locator('nav, form').first().waitFor()
  await page.evaluate(() => document.fonts.ready)
  return page
}

/** Keeps what the page looks like now. */
export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true })
  await page.waitForFunction(() => [...document.images].every((image) => image.complete))
  await page.screenshot({ path: join(SHOTS, `${name}.png`) })
}
