// The receipt of a folder (receipt.rl, logo.png) made by npm receiptline. One line of JSON for each case, times in seconds
// of this process's CPU.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import receiptline from 'receiptline'

const [folder, seconds = '1'] = process.argv.slice(2)
const markup = readFileSync(join(folder, 'receipt.rl'), 'utf8')
const logo = readFileSync(join(folder, 'logo.png')).toString('base64')
const printer = { cpl: 48, encoding: 'multilingual', spacing: true, command: 'escpos' }
const bytes = (text) => Buffer.from(receiptline.transform(text, printer), 'binary')

measure('receipt', () => bytes(markup))
const withoutCode = markup.replace(/^\{code:.*\n/m, '')
measure('receipt-noqr', () => bytes(withoutCode))
const withLogo = `{image:${logo}}\n${markup}`
measure('logo', () => bytes(withLogo))

function measure(name, make) {
  const now = () => Number(process.hrtime.bigint()) / 1e9
  const warm = now()
  let made = make()
  while (now() - warm < Number(seconds) / 2) made = make()
  const [wall, cpu] = [now(), process.cpuUsage()]
  let times = 0
  while (now() - wall < Number(seconds)) {
    make()
    times += 1
  }
  const used = process.cpuUsage(cpu)
  const ops = times / (now() - wall)
  const line = { peer: 'receiptline 4.0.4', case: name, ops, cpu: (times * 1e6) / (used.user + used.system), bytes: made.length }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
