// A restaurant around the real window: backend, printers without paper, and the app driven through its own web view.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { remote } from 'webdriverio'

const bin = process.env.TARGET ?? join(import.meta.dirname, '../../target/debug')
export const shots = join(import.meta.dirname, 'shots')
mkdirSync(shots, { recursive: true })

async function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

// Starts a program and gives what its ready line says.
async function program(name, args, env = {}) {
  const child = spawn(join(bin, name), args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stderr.on('data', (text) => (log = (log + text).slice(-8000)))
  const died = new Promise((_, reject) => child.once('exit', (code) => reject(new Error(`${name} ended with ${code}:\n${log}`))))
  died.catch(() => {})
  const line = new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve))
  return { child, ready: JSON.parse(await Promise.race([line, died])) }
}

export class House {
  static async open() {
    const house = new House()
    house.folder = mkdtempSync(join(tmpdir(), 'panbot-e2e-'))
    house.children = []
    const printers = await program('virtual-printer', [
      '--escpos', 'Counter=127.0.0.1:0', '--escpos', 'Kitchen=127.0.0.1:0', '--web', '127.0.0.1:0', '--roll', join(house.folder, 'roll'),
    ])
    house.children.push(printers.child)
    house.printers = printers.ready
    const secret = () => randomBytes(32).toString('hex')
    const server = await program('panbot-server', [
      '--listen', '127.0.0.1:0', '--database', `sqlite:${join(house.folder, 'server.sqlite')}`, '--demo', '--order-every', '0',
      ...Object.entries(house.printers.escpos).flatMap(([name, at]) => ['--printer', `${name}=tcp://${at}`]),
    ], { PANBOT_JWT_SECRET: secret(), PANBOT_REALTIME_SECRET: secret(), PANBOT_REALTIME_SUB_SECRET: secret() })
    house.children.push(server.child)
    house.server = server.ready
    return house
  }

  // Opens the app; the same data folder and keyring each time.
  async app() {
    const [port, native] = [await freePort(), await freePort()]
    this.driver = spawn('tauri-driver', ['--port', `${port}`, '--native-port', `${native}`], {
      stdio: ['ignore', 'inherit', 'inherit'], detached: true,
      env: { ...process.env, HOME: process.env.APP_HOME ?? process.env.HOME, PANBOT_DATA: join(this.folder, 'app'), PANBOT_SERVER: this.server.url, PANBOT_FIND: 'loopback' },
    })
    for (let tries = 0; ; tries++) {
      try {
        if ((await fetch(`http://127.0.0.1:${port}/status`)).ok) break
      } catch (error) {
        if (tries > 200) throw error
      }
      await sleep(50)
    }
    this.browser = await remote({
      hostname: '127.0.0.1', port, logLevel: 'error', connectionRetryCount: 0,
      capabilities: {
        browserName: 'wry', 'wdio:enforceWebDriverClassic': true,
        'tauri:options': { application: join(bin, 'panbot-desktop') },
      },
    })
    return this.browser
  }

  async closeApp() {
    await this.browser?.deleteSession()
    this.browser = undefined
    if (this.driver) {
      const ended = new Promise((resolve) => this.driver.once('exit', resolve))
      process.kill(-this.driver.pid, 'SIGTERM')
      await ended
      this.driver = undefined
    }
  }

  async close() {
    await this.closeApp()
    for (const child of this.children.reverse()) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    }
    rmSync(this.folder, { recursive: true, force: true })
  }

  // Places an order as the order page does.
  async order(wish) {
    const answer = await fetch(`${this.server.demo.page}/orders`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(wish),
    })
    if (!answer.ok) throw new Error(`the order was refused: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }

  // Turns these switches of what is wrong with a printer.
  async faults(printer, faults) {
    const answer = await fetch(`${this.printers.web}/api/printers/${printer}/faults`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(faults),
    })
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  }

  // Everything that the window says; the driver's own getText() leaves out what is cut short by an ellipsis.
  async words() {
    return this.browser.execute(() => document.body.innerText)
  }

  // Waits until the window says this somewhere.
  async says(text, timeout = 20_000) {
    await this.until(async () => (await this.words()).includes(text), `says “${text}”`, timeout)
  }

  // Waits until the window no longer says this anywhere.
  async saysNoMore(text, timeout = 20_000) {
    await this.until(async () => !(await this.words()).includes(text), `stops saying “${text}”`, timeout)
  }

  async until(is, what, timeout) {
    try {
      await this.browser.waitUntil(is, { timeout, interval: 100 })
    } catch {
      await this.shot('failed')
      throw new Error(`the window never ${what}; it says:\n${await this.words()}`)
    }
  }

  // Presses what is named or reads exactly so: a button or a choice.
  async press(text) {
    await this.browser.$(`//button[@aria-label='${text}' or normalize-space(.)='${text}']`).click()
  }

  // Chooses an order in the list by its customer, whose name stands between invisible marks that keep its direction.
  async open(customer) {
    await this.browser.$(`//button[@data-order][.//*[translate(text(), '\u2068\u2069', '')='${customer}']]`).click()
    await this.says(`· ${customer}`)
  }

  async fill(name, text) {
    const field = this.browser.$(`[name='${name}']`)
    await field.click()
    await this.browser.keys(['Control', 'a'])
    await this.browser.keys('Backspace')
    await field.addValue(text)
  }

  async shot(name) {
    await this.browser.saveScreenshot(join(shots, `${name}.png`))
  }
}
