import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { launch, open, shoot, type Opened } from './browser'
import { counter, ids, jobId, order, orderId, shown, ticket } from './scripted/evening'
import type { Script } from './scripted/start'

let browser: Browser
let page: Page
beforeAll(async () => {
  browser = await launch()
})
afterEach(() => page.context().close())
afterAll(() => browser.close())

async function show(opened: Opened = {}): Promise<void> {
  page = await open(browser, opened)
}

/** What the screens asked the counter to do, without what they only looked at. */
function asked(command: string): Promise<unknown[]> {
  return page.evaluate((name) => window.script.calls.filter((call) => call.command === name).map((call) => call.given), command)
}

function tell(update: Parameters<Script['tell']>[0]): Promise<void> {
  return page.evaluate((value) => window.script.tell(value), update)
}

const row = (number: number) => page.locator(`[data-order="${orderId(number)}"]`)
const card = (number: number, at: number) => page.locator(`[data-job="${jobId(number, at)}"]`)
const button = (name: string) => page.getByRole('button', { name, exact: true })

test('"It printed" answers for the ticket that asks', async () => {
  await show()
  await row(46).click()
  await card(46, 2).getByText('did it print?').waitFor()
  await shoot(page, 'unconfirmed-1440')
  await button('It printed').click()
  await row(46).getByText('2 tickets printed').waitFor()
  expect(await asked('it_printed')).toEqual([{ job: jobId(46, 2) }])
})

test('"Print again" sends the ticket that asks once more', async () => {
  await show()
  await row(46).click()
  await button('Print again').click()
  await row(46).getByText('Kitchen: queued').waitFor()
  expect(await asked('print_again')).toEqual([{ job: jobId(46, 2) }])
})

test('a change of a ticket shows at once, in the list and beside it', async () => {
  await show()
  await row(48).getByText('Receipt: printing').waitFor()
  await page.evaluate((job) => window.script.become(job, { state: { state: 'printed' } }), jobId(48, 1))
  await row(48).getByText('Receipt: printed').waitFor()
  await card(48, 1).getByText('confirmed by Counter').waitFor()
})

test('a new order comes in at the top, and what somebody reads stays open', async () => {
  await show()
  await row(45).click()
  await tell({ what: 'order', value: shown(order(49, 0, [[1, 'Panna cotta', 560]]), [ticket(49, 1, 'receipt', { state: 'queued' }, 0)]) })
  await row(49).waitFor()
  expect(await page.locator('[data-order]').first().getAttribute('data-order')).toBe(orderId(49))
  await page.getByRole('heading', { name: '45 · Elif Demir' }).waitFor()
})

test('a list that is scrolled down does not move when an order comes in', async () => {
  await show({ height: 600 })
  await row(42).waitFor()
  await page.locator('[data-walk]').evaluate((list) => (list.scrollTop = 260))
  const before = await row(44).boundingBox()
  await tell({ what: 'order', value: shown(order(49, 0, [[1, 'Panna cotta', 560]]), [ticket(49, 1, 'receipt', { state: 'queued' }, 0)]) })
  await page.getByText('Open 8').waitFor()
  const after = await row(44).boundingBox()
  expect(Math.abs((after?.y ?? 0) - (before?.y ?? 0))).toBeLessThan(2)
})

test('a held ticket prints where somebody says', async () => {
  await show()
  await row(43).click()
  await card(43, 2).getByRole('button', { name: 'Print at Counter' }).click()
  await row(43).getByText('Shop: queued').waitFor()
  expect(await asked('choose_printer')).toMatchObject([{ job: jobId(43, 2) }])
})

test('a failed ticket says why, and is printed again in its place', async () => {
  await show()
  await row(42).click()
  await card(42, 1).getByText('Counter answered and did not take it.').or(card(42, 1).getByText('its printer answered')).waitFor()
  await card(42, 1).getByText('Technical text').click()
  await card(42, 1).getByText('connection reset by peer').waitFor()
  await shoot(page, 'failed-1440')
  await card(42, 1).getByRole('button', { name: 'Print again' }).click()
  await row(42).getByText('Receipt: queued').waitFor()
  expect(await asked('print_again')).toEqual([{ job: jobId(42, 1) }])
  expect(await row(42).getByText('failed').count()).toBe(0)
})

test('a part of the program that failed is an alarm until somebody has read it', async () => {
  await show({ scene: 'alarms' })
  await page.getByText('A part of PanBot failed and was started again.').waitFor()
  await page.getByText('Technical text').first().click()
  await page.getByText('panicked at client/src/sync.rs:118').waitFor()
  await button('5 more').click()
  await page.getByText('The settings cannot be read from the server.').waitFor()
  await shoot(page, 'alarms-1440')
  await button('Understood').first().click()
  await page.getByText('A part of PanBot failed').waitFor({ state: 'detached' })
  expect(await asked('dismiss_notices')).toHaveLength(1)
})

test('what goes away by itself has nothing to be understood', async () => {
  await show({ scene: 'alarms' })
  await button('5 more').click()
  await page.getByText('The settings cannot be read from the server.').waitFor()
  // Neither has what stands there until an order is on paper.
  expect(await button('Understood').count()).toBe(4)
})

test('a ticket that the program failed over says so, and is printed again in its place', async () => {
  await show({ scene: 'alarms' })
  await row(49).click()
  await card(49, 2).getByText('The program failed over this ticket.').waitFor()
  await card(49, 2).getByText('Technical text').click()
  await card(49, 2).getByText('index out of bounds').waitFor()
  await card(49, 2).getByRole('button', { name: 'Print again' }).click()
  await row(49).getByText('Kitchen: queued').waitFor()
  expect(await asked('print_again')).toEqual([{ job: jobId(49, 2) }])
})

test('an address that belongs to another PC is told from none', async () => {
  for (const screen of ['orders', 'printers'] as const) {
    await show({ scene: 'foreign', screen })
    await page.getByText(screen === 'orders' ? 'The address of Kitchen, 127.0.0.1, belongs to another PC' : 'Address of another PC').waitFor()
    expect(await page.getByText('has no address on this PC').count()).toBe(0)
    if (screen === 'orders') await page.context().close()
  }
})

test('what has grown too old is one question with three answers', async () => {
  for (const [answer, choice] of [['Print all 2', 'all'], ['Only those of open orders', 'open'], ['One list instead', 'list']] as const) {
    await show({ scene: 'outage' })
    await page.getByText('2 tickets have waited since').waitFor()
    await button(answer).click()
    await page.getByText('2 tickets have waited since').waitFor({ state: 'detached' })
    expect(await asked('decide_old_tickets')).toEqual([{ choice }])
    if (choice !== 'list') await page.context().close()
  }
})

test('a ticket that is too old or held by hand prints when somebody releases it', async () => {
  await show({ scene: 'outage', width: 1024, height: 768 })
  await row(39).click()
  await card(39, 2).getByText('Release it, or choose where it prints.').waitFor()
  await shoot(page, 'held-1024')
  await card(39, 2).getByRole('button', { name: 'Release' }).click()
  await row(39).getByText('Kitchen: queued').waitFor()
  expect(await asked('release_ticket')).toEqual([{ job: jobId(39, 2) }])
})

test('a ticket in a line goes first, waits outside or moves when somebody says so', async () => {
  await show({ width: 1024, height: 768 })
  await row(47).click()
  const more = card(47, 2).getByRole('button', { name: 'More for Kitchen' })
  await more.click()
  await shoot(page, 'ticket-menu-1024')
  await page.getByRole('menuitem', { name: 'Print next' }).click()
  await card(47, 2).getByText('It goes before the others.').waitFor()
  await more.click()
  expect(await page.getByRole('menuitem', { name: 'Print next' }).count()).toBe(0)
  await page.getByRole('menuitem', { name: 'Hold' }).click()
  await row(47).getByText('Kitchen: held').waitFor()
  expect([...(await asked('print_next')), ...(await asked('hold_ticket'))]).toEqual([{ job: jobId(47, 2) }, { job: jobId(47, 2) }])
})

test('what happened to a ticket can be read later', async () => {
  await show({ width: 1024, height: 768 })
  await row(46).click()
  await card(46, 1).getByRole('button', { name: 'More for Receipt' }).click()
  await page.getByRole('menuitem', { name: 'What happened' }).click()
  await page.getByRole('dialog').getByRole('listitem').nth(1).waitFor()
  await shoot(page, 'happened-1024')
})

test('a printer is paused and resumed on its card', async () => {
  await show({ screen: 'printers', width: 1024, height: 768 })
  const counterCard = page.locator('article', { hasText: 'Epson TM-m30III' })
  await counterCard.getByRole('button', { name: 'Pause' }).click()
  await counterCard.getByText('Paused: its tickets wait').waitFor()
  // The second half of a double tap is not for the button that comes under the finger.
  await page.waitForTimeout(400)
  await counterCard.getByRole('button', { name: 'Resume' }).click()
  await counterCard.getByText('Paused: its tickets wait').waitFor({ state: 'detached' })
  expect(await asked('pause_printer')).toMatchObject([{ paused: true }, { paused: false }])
})

test('a printer gets a backup in its form', async () => {
  await show({ screen: 'printers', width: 1024, height: 768 })
  await page.locator('article', { hasText: 'Epson TM-m30III' }).getByRole('button', { name: 'Edit' }).click()
  await page.getByText('When something goes wrong').click()
  await page.getByLabel('When it cannot print, tickets go to').click()
  await page.getByRole('option', { name: 'Bar' }).click()
  await page.keyboard.press('Escape')
  await page.getByLabel('They go there').click()
  await page.getByRole('option', { name: 'at once' }).click()
  await shoot(page, 'printer-backup-1024')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await asked('save_printer')).toMatchObject([{ form: { backups: [expect.any(String)], failover_after_s: 0 } }])
})

test('nothing leaves the queue without a question', async () => {
  await show()
  await row(47).click()
  await card(47, 2).getByRole('button', { name: 'Do not print' }).click()
  expect(await asked('cancel_job')).toEqual([])
  await page.getByRole('dialog').getByRole('button', { name: 'Do not print' }).click()
  await row(47).getByText('Kitchen: cancelled').waitFor()
  expect(await asked('cancel_job')).toEqual([{ job: jobId(47, 2) }])
})

test('the keyboard walks, opens, reprints, searches and helps', async () => {
  await show()
  await row(48).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: '45 · Elif Demir' }).waitFor()
  await page.keyboard.press('r')
  await page.getByText('prints once more').waitFor()
  expect(await asked('reprint')).toEqual([{ job: jobId(45, 1) }])
  await page.keyboard.press('/')
  await page.keyboard.type('moussaka')
  await row(44).waitFor()
  expect(await page.locator('[data-order]').count()).toBe(1)
  await page.keyboard.press('Escape')
  await row(48).waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await shoot(page, 'keys-1440')
})

test('the paper stands beside the order, or behind a button where there is no room', async () => {
  await show()
  await page.getByAltText('Receipt, on paper').waitFor()
  await page.setViewportSize({ width: 1024, height: 768 })
  await page.getByAltText('Receipt, on paper').waitFor({ state: 'detached' })
  await button('Show Receipt on paper').click()
  await page.getByRole('dialog').getByAltText('Receipt, on paper').waitFor()
  await shoot(page, 'paper-1024')
})

test('what waits for a printer without paper can go to another in one press', async () => {
  await show()
  await button('Print them at Bar').click()
  await page.getByText('tickets print at Bar').waitFor()
  expect(await asked('choose_printer')).toHaveLength(2)
})

test('a wrong password says so and what to do, and the right one opens the orders', async () => {
  await show({ scene: 'login' })
  await page.getByLabel('E-mail').fill('ana@trattoria-rosa.example')
  await page.getByLabel('Password', { exact: true }).fill('guess')
  await button('Sign in').click()
  await page.getByText('E-mail and password do not belong together.').waitFor()
  await page.getByText('Check both and try again.').waitFor()
  await shoot(page, 'login-wrong-1440')
  await page.getByLabel('Password', { exact: true }).fill('demo')
  await button('Sign in').click()
  await row(48).waitFor()
  expect(await asked('login')).toContainEqual({ server: 'http://127.0.0.1:8080', email: 'ana@trattoria-rosa.example', password: 'demo' })
})

test('a server that does not answer is named, and its address can be changed', async () => {
  await show({ scene: 'ended' })
  await page.getByText('You are signed out, and no new orders come in.').waitFor()
  await page.locator('summary', { hasText: 'Server' }).click()
  await page.getByRole('textbox', { name: 'Server' }).fill('https://nowhere.example')
  await page.getByLabel('Password', { exact: true }).fill('demo')
  await button('Sign in').click()
  await page.getByText('No PanBot server answers there.').waitFor()
  await page.getByRole('textbox', { name: 'Server' }).waitFor()
})

test('a lost session takes the whole window, and says that tickets still print', async () => {
  await show()
  await row(48).waitFor()
  await tell({ what: 'counter', value: { ...counter, session: { session: 'signed_out', server: 'https://orders.example', email: 'ana@example', ended: { code: 'login_ended', message: 'reused' } }, link: { link: 'off' } } })
  await page.getByRole('alert').getByText('Tickets that are already here still print.').waitFor()
  expect(await page.getByLabel('E-mail').inputValue()).toBe('ana@example')
})

test('a banner lasts as long as its cause', async () => {
  await show({ scene: 'elsewhere' })
  await button('Print from this PC').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Print from this PC' }).click()
  await page.getByText('This PC prints nothing').waitFor({ state: 'detached' })
  expect(await asked('print_here')).toHaveLength(1)
})

test('earlier orders print when somebody chooses them', async () => {
  await show({ scene: 'trouble' })
  await button('2 more').click()
  await button('Choose').click()
  await page.getByRole('checkbox').nth(1).check()
  await shoot(page, 'backlog-1440')
  await button('Print 1 order').click()
  await button('Choose').waitFor({ state: 'detached' })
  expect(await asked('backlog')).toEqual([{ choice: { print: 'these', orders: [orderId(32)] } }])
})

test('a printer is asked before it is added, and says who it is', async () => {
  await show({ screen: 'printers' })
  await button('Add a printer').click()
  await page.getByLabel('Name').fill('Terrace')
  await page.getByLabel('Address').fill('192.168.1.99')
  await button('Ask the printer').click()
  await page.getByText('Nobody answers there.').waitFor()
  await page.getByLabel('Address').fill('192.168.1.52')
  await button('Ask the printer').click()
  await page.getByText('It answers: Epson TM-T88VII, ready.').waitFor()
  await shoot(page, 'printer-form-1440')
  await page.getByRole('combobox', { name: 'Model' }).fill('58')
  await page.getByRole('option', { name: 'Any printer, 58 mm paper' }).click()
  await button('Add').click()
  await page.getByRole('heading', { name: 'Terrace' }).waitFor()
  expect(await asked('save_printer')).toEqual([
    { form: { id: null, name: 'Terrace', address: '192.168.1.52', profile_id: 'generic-58', columns: null, cutter: null, native_qr: null, enabled: true, when_unreachable: 'wait', reprint_uncertain: 'ask', backups: [], failover_after_s: 120 } },
  ])
  await page.locator('article', { hasText: 'Terrace' }).getByText('Saved here. It is sent at 19:44.').waitFor()
})

test('a printer that shows another certificate asks, and is trusted with the certificate that was seen', async () => {
  await show({ scene: 'stranger', screen: 'printers' })
  const kitchen = page.locator('article', { hasText: 'Kitchen' })
  await kitchen.getByText('Perhaps another printer since').waitFor()
  await kitchen.getByText('3f6a0c52').waitFor()
  await shoot(page, 'printer-stranger-1440')
  await kitchen.getByRole('button', { name: 'It is the right printer' }).click()
  await kitchen.getByText('Ready').waitFor()
  expect(await asked('trust_printer')).toEqual([{ id: ids.kitchen, seen: '3f6a0c52'.repeat(8) }])
})

test('another printer that answers in place of one is told by its number, and printed on when a person says so', async () => {
  await show({ scene: 'replaced', screen: 'printers' })
  const kitchen = page.locator('article', { hasText: 'Kitchen' })
  await kitchen.getByText('What answers now: TM-T20II, serial number J7AB054321').waitFor()
  await kitchen.getByRole('button', { name: 'It is the right printer' }).click()
  await kitchen.getByText('Ready').waitFor()
  expect(await asked('trust_printer')).toEqual([{ id: ids.kitchen, seen: 'J7AB054321' }])
})

test('after a test page the counter asks whether its QR code came out, and keeps the answer', async () => {
  await show({ scene: 'tested', screen: 'printers' })
  const kitchen = page.locator('article', { hasText: 'Kitchen' })
  await kitchen.getByText('is there a square QR code').waitFor()
  await shoot(page, 'printer-tested-1440')
  await kitchen.getByRole('button', { name: 'No', exact: true }).click()
  await page.getByText('gets QR codes as pictures from now on').waitFor()
  await kitchen.getByText('is there a square QR code').waitFor({ state: 'detached' })
  expect(await asked('saw_qr')).toEqual([{ id: ids.kitchen, cameOut: false }])
})

test('a model is found by a part of its name, and editing keeps what was set', async () => {
  await show({ screen: 'printers' })
  const kitchen = page.locator('article', { hasText: 'Kitchen' })
  await kitchen.getByRole('button', { name: 'Edit' }).click()
  const model = page.getByRole('combobox', { name: 'Model' })
  await model.click()
  await model.fill('epson 88')
  expect(await page.getByRole('option').allInnerTexts()).toEqual([expect.stringContaining('Epson TM-T88IV'), expect.stringContaining('Epson TM-T88V')])
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  expect(await model.inputValue()).toBe('Epson TM-T88V')
  await page.getByText('When it is not quite like that').click()
  await page.getByText('Empty for 42, as the model has.').waitFor()
  await page.getByLabel('Characters in a row').fill('8')
  await button('Save').click()
  await page.getByText('Write a number from 16 to 96, or nothing.').waitFor()
  expect(await asked('save_printer')).toEqual([])
  await page.getByLabel('Characters in a row').fill('40')
  await page.getByRole('radio', { name: 'it does not cut' }).click()
  await button('Save').click()
  await kitchen.getByRole('button', { name: 'Edit' }).click()
  expect(await model.inputValue()).toBe('Epson TM-T88V')
  expect(await page.getByLabel('Characters in a row').inputValue()).toBe('40')
  await button('Save').click()
  const saved = (await asked('save_printer')) as { form: object }[]
  expect(saved).toHaveLength(2)
  expect(saved[0]?.form).toMatchObject({ profile_id: 'TM-T88V', columns: 40, cutter: false })
  expect(saved[1]?.form).toEqual(saved[0]?.form)
})

test('a list without a match says what to choose instead, and what was chosen stays', async () => {
  await show({ screen: 'printers' })
  await button('Add a printer').click()
  const model = page.getByRole('combobox', { name: 'Model' })
  await model.click()
  await model.fill('laser')
  await page.getByText('No such model.').waitFor()
  await page.keyboard.press('Escape')
  await page.getByText('No such model.').waitFor({ state: 'detached' })
  await expect.poll(() => model.inputValue()).toBe('Any printer, 80 mm paper')
  await page.getByRole('heading', { name: 'Add a printer' }).waitFor()
})

test('what is no address is refused beside its field', async () => {
  await show({ screen: 'printers' })
  await button('Add a printer').click()
  await button('Add').click()
  await page.getByText('Give it a name of 1 to 40 characters.').waitFor()
  await page.getByLabel('Name').fill('Terrace')
  await page.getByLabel('Address').fill('http://x/y')
  await button('Add').click()
  await page.getByText('This is no address.').waitFor()
})

const foundAt = (address: string) => page.locator(`[data-found="${address}"]`)

test('where there is no printer yet, the found ones stand there with Add, which fills the form', async () => {
  await show({ scene: 'nothing', screen: 'printers', width: 1024, height: 768 })
  await foundAt('ipps://192.168.1.60:631/ipp/print').getByText('Bar upstairs').waitFor()
  expect(await asked('find_printers')).toEqual([{ network: false }])
  await foundAt('tcp://192.168.1.62:9100').getByText('Set it to ESC/POS first').waitFor()
  await button('Add TM-T20II').click()
  expect(await page.getByLabel('Name').inputValue()).toBe('TM-T20II')
  expect(await page.getByLabel('Address').inputValue()).toBe('192.168.1.61')
  await button('Add').click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await asked('save_printer')).toMatchObject([{ form: { id: null, name: 'TM-T20II', address: '192.168.1.61', profile_id: 'TM-T20II' } }])
})

test('the network is searched when somebody says so, and a printer that is there already says so', async () => {
  await show({ screen: 'printers' })
  expect(await asked('find_printers')).toEqual([])
  await button('Find printers').click()
  await foundAt('tcp://192.168.1.40:9100').getByText('added as Counter').waitFor()
  expect(await foundAt('tcp://192.168.1.40:9100').getByRole('button').count()).toBe(0)
  expect(await foundAt('tcp://192.168.1.77:9100').count()).toBe(0)
  await button('Search the network').click()
  await foundAt('tcp://192.168.1.77:9100').getByText('Unknown device').waitFor()
  expect(await asked('find_printers')).toEqual([{ network: false }, { network: true }])
})

test('a search that finds nothing says what to do', async () => {
  await show({ scene: 'nothing', screen: 'printers', find: 'none', width: 1024, height: 768 })
  await page.getByText('Many receipt printers do not announce themselves').waitFor()
  await shoot(page, 'find-none-1024')
})

test.each([['light', 'en'], ['dark', 'en'], ['light', 'de']] as const)('the found printers fit and can be read, %s, %s', async (theme, language) => {
  await show({ screen: 'printers', theme, language, width: 1024, height: 768 })
  await button(language === 'en' ? 'Find printers' : 'Drucker suchen').click()
  await button(language === 'en' ? 'Search the network' : 'Netz durchsuchen').click()
  await foundAt('tcp://192.168.1.77:9100').waitFor()
  await shoot(page, `find-${theme}-${language}-1024`)
})

test('a printer that moved says where to, until somebody has read it', async () => {
  await show({ width: 1024, height: 768 })
  await tell({ what: 'counter', value: { ...counter, notices: [{ notice: 'printer_moved', name: 'Kitchen', address: 'tcp://192.168.1.52:9100' }] } })
  await page.getByText('Kitchen moved to 192.168.1.52 and prints there.').waitFor()
  await shoot(page, 'printer-moved-1024')
  await button('Understood').click()
  expect(await asked('dismiss_notices')).toHaveLength(1)
})

test('letters that no font has are named by their numbers, with the font to install', async () => {
  await show({ width: 1024, height: 768 })
  const one = { notice: 'letters_missing' as const, letters: ['U+E000'], fonts: [] }
  const several = { notice: 'letters_missing' as const, letters: ['U+13000', 'U+13001'], fonts: ['Noto Sans Egyptian Hieroglyphs'] }
  await tell({ what: 'counter', value: { ...counter, notices: [several] } })
  await page.getByText('No font on this PC has these letters, so their numbers were printed instead: U+13000, U+13001. Install Noto Sans Egyptian Hieroglyphs and start PanBot again.').waitFor()
  await shoot(page, 'letters-missing-1024')
  await tell({ what: 'counter', value: { ...counter, notices: [one] } })
  await page.getByText('No font on this PC has this letter, so its number was printed instead: U+E000. Write the dish in other letters.').waitFor()
})

test('a ticket that printed says what its paper lacks, and does not look like one that failed', async () => {
  await show()
  const note = {
    letters: [{ number: 'U+13000', place: { line: 7, column: 12 } }], fonts: ['Noto Sans Egyptian Hieroglyphs'],
    parts: [{ place: { line: 21, column: 2 }, detail: 'not printed as a code: EAN: the last digit, 2, does not fit' }], more: 0,
  }
  await tell({ what: 'order', value: shown(order(49, 0, [[1, 'Panna cotta', 560]]), [ticket(49, 1, 'receipt', { state: 'printed' }, 0, { note })]) })
  await row(49).click()
  await card(49, 1).getByText('its number is on the paper: U+13000 (line 7, column 12). Install Noto Sans Egyptian Hieroglyphs').waitFor()
  await card(49, 1).getByText('A code or picture is not on the paper as the template says: line 21, column 2.').waitFor()
  await shoot(page, 'paper-lacks-1440')
  await card(49, 1).getByText('Technical text').click()
  await card(49, 1).getByText('EAN: the last digit').waitFor()
  await row(49).getByText('1 ticket printed').waitFor()
})

test('deleting a printer with open tickets asks what becomes of them', async () => {
  await show({ screen: 'printers' })
  const kitchen = page.locator('article', { hasText: 'Kitchen' })
  await kitchen.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('3 tickets are still open at Kitchen.').waitFor()
  await shoot(page, 'delete-1440')
  await page.getByRole('radio', { name: 'Print them at Bar' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await kitchen.waitFor({ state: 'detached' })
  expect(await asked('delete_printer')).toMatchObject([{ then: null }, { then: { then: 'move' } }])
})

test('a sentence of what goes where is changed by its words', async () => {
  await show({ screen: 'printers' })
  await page.getByLabel('How many copies: 1 copy').first().click()
  await page.getByRole('option', { name: '2 copies' }).click()
  await page.getByLabel('How many copies: 2 copies').first().waitFor()
  await page.getByLabel('For which stations: kitchen, pizza').click()
  await shoot(page, 'rules-open-1440')
  await page.getByRole('option', { name: 'shop' }).click()
  await page.keyboard.press('Escape')
  await page.getByText('kitchen, pizza, shop').waitFor()
  const saved = (await asked('save_rules')) as { rules: { copies: number; stations: string[] }[] }[]
  expect(saved.at(-1)?.rules[0]?.copies).toBe(2)
  expect(saved.at(-1)?.rules[1]?.stations).toEqual(['kitchen', 'pizza', 'shop'])
})

test('the window speaks German when it is told to, and keeps it', async () => {
  await show({ screen: 'settings' })
  await page.getByRole('radio', { name: 'Deutsch' }).click()
  await page.getByRole('heading', { name: 'Einstellungen' }).waitFor()
  expect(await page.locator('html').getAttribute('lang')).toBe('de')
  expect(await asked('set_preferences')).toContainEqual({ preferences: { language: 'de', theme: 'light', sound: false, last_screen: 'settings' } })
})

test('the layout mirrors itself for scripts that run from right to left', async () => {
  await show({ width: 1024, height: 768 })
  await page.evaluate(() => (document.documentElement.dir = 'rtl'))
  expect((await page.locator('nav').boundingBox())?.x).toBeGreaterThan(900)
  await shoot(page, 'orders-rtl-1024')
})
