// A ticket's picture, drawn in the browser: what the real counter renders, here in a plain hand.
import type { OrderView, TicketChanged } from '../../../src/bindings'

const WIDTH = 576
const ROW = 32

/** A PNG in base64. */
export function picture(view: OrderView, ticket: TicketChanged): string {
  const order = view.order
  const rows = ['TRATTORIA ROSA', 'Hauptstr. 12, Berlin', '', ticket.ticket.toUpperCase(), String(order?.number ?? ''), '-'.repeat(34)]
  for (const line of order?.lines ?? []) {
    rows.push(` ${line.quantity}  ${line.name.toUpperCase()}`)
    for (const option of line.options) rows.push(`    + ${option.name}`)
    if (line.note) rows.push(`    ! ${line.note.toUpperCase()}`)
  }
  rows.push('-'.repeat(34), order?.customer.name ?? '')
  const canvas = document.createElement('canvas')
  canvas.width = WIDTH
  canvas.height = rows.length * ROW + ROW
  const pen = canvas.getContext('2d')
  if (pen === null) throw new Error('this browser draws no pictures')
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.fillStyle = '#000'
  pen.font = '26px "Noto Sans Mono", monospace'
  rows.forEach((row, at) => {
    pen.textAlign = at < 5 ? 'center' : 'left'
    pen.fillText(row, at < 5 ? WIDTH / 2 : 8, (at + 1) * ROW)
  })
  return canvas.toDataURL('image/png').replace(/^data:image\/png;base64,/, '')
}
