// The real window, as somebody at the counter uses it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { House } from './house.mjs'

describe('the window at the counter', () => {
  let house
  let dishes

  before(async () => {
    house = await House.open()
    dishes = (await (await fetch(`${house.server.demo.page}/shop`)).json()).menu.items
    await house.app()
  })
  after(async () => house?.close())

  const dish = (station) => dishes.find((item) => item.station === station)
  const wish = (name, lines) => ({
    channel: 'web', kind: 'pickup', customer: { name }, payment: { method: 'online', paid: true },
    lines: lines.map(([station, note]) => ({ item_id: dish(station).id, quantity: 1, note: note ?? null })),
  })

  it('says that e-mail and password do not belong together', async () => {
    await house.says('Sign in')
    await house.fill('email', house.server.demo.staff.email)
    await house.fill('password', 'not the password')
    await house.press('Sign in')
    await house.says('E-mail and password do not belong together.')
    await house.shot('login-wrong')
  })

  it('shows the orders after a login', async () => {
    await house.fill('password', house.server.demo.staff.password)
    await house.press('Sign in')
    await house.says('Live')
    await house.says('Orders appear here by themselves')
  })

  it('shows an order as printed once the printers have confirmed it', async () => {
    const order = await house.order(wish('Jonas Weber', [['pizza', 'no garlic'], ['cold'], ['bar']]))
    await house.says('Jonas Weber')
    await house.says('3 tickets printed')
    assert.ok(order.number > 0)
    await house.open('Jonas Weber')
    await house.says('no garlic')
    await house.says('Reprint')
    await house.shot('orders-printed')
  })

  it('says what a printer without paper needs, and goes on by itself', async () => {
    await house.faults('Kitchen', { paper_out: true })
    await house.order(wish('Mira Okafor', [['pizza']]))
    await house.says('Kitchen is out of paper.')
    await house.says('Pizza: waiting')
    await house.shot('orders-no-paper')
    await house.faults('Kitchen', { paper_out: false })
    await house.says('Kitchen ready')
    await house.saysNoMore('Pizza: waiting')
  })

  it('asks about a ticket that nobody confirmed, and believes the person', async () => {
    await house.faults('Kitchen', { no_confirmation: true })
    await house.order(wish('Elif Demir', [['pizza']]))
    await house.says('did it print?', 60_000)
    await house.open('Elif Demir')
    await house.says('It printed')
    await house.shot('orders-unconfirmed')
    await house.press('It printed')
    await house.saysNoMore('did it print?')
    await house.faults('Kitchen', { no_confirmation: false })
  })

  it('adds a printer by its address and prints a test page on it', async () => {
    await house.press('Printers')
    await house.says('Your printers')
    await house.press('Add a printer')
    await house.fill('name', 'Bar')
    await house.fill('address', house.printers.escpos.Counter)
    await house.press('Ask the printer')
    await house.says('It answers')
    await house.shot('printer-form')
    await house.press('Add')
    await house.says('Saved here. It is sent at')
    await house.shot('printers')
  })

  it('stays signed in over a restart, by the keyring', async () => {
    await house.closeApp()
    await house.app()
    await house.says('Live')
    await house.says('Bar')
    await house.shot('after-restart')
  })

  it('is usable at 1024x768, light and dark', async () => {
    for (const [width, height] of [[1024, 768], [1440, 900]]) {
      await house.browser.setWindowSize(width, height)
      for (const theme of ['light', 'dark']) {
        await house.press('Settings')
        await house.press(theme === 'light' ? 'Light' : 'Dark')
        await house.press('Orders')
        await house.says('Jonas Weber')
        await house.shot(`orders-${theme}-${width}`)
        const sideways = await house.browser.execute(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        assert.ok(sideways <= 0, `it scrolls sideways by ${sideways} pixels`)
        await house.press('Printers')
        await house.says('Your printers')
        await house.shot(`printers-${theme}-${width}`)
      }
    }
  })
})
