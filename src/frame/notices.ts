// What a notice says, and how loud. A notice without words does not compile.
import History from '@lucide/svelte/icons/history'
import ImageOff from '@lucide/svelte/icons/image-off'
import Printer from '@lucide/svelte/icons/printer'
import PrinterX from '@lucide/svelte/icons/printer-x'
import Type from '@lucide/svelte/icons/type'
import TriangleAlert from '@lucide/svelte/icons/triangle-alert'
import type { Notice } from '../ipc'
import { never } from '../ui/never'
import type { Icon, Tone } from '../ui/sign'
import { plainAddress } from '../words/address'
import { say } from '../words/catalogue.svelte'

/** A notice as its banner shows it. */
export interface NoticeBanner {
  tone: Tone
  icon: Icon
  text: string
  /** One click away. */
  technical: string | null
  /** It stays until a person has read it; any other goes away with its cause. */
  stays: boolean
}

/** The banner of a notice; orders that nobody printed have one of their own. */
export function bannerOf(notice: Exclude<Notice, { notice: 'not_printed' }>): NoticeBanner {
  const words = say().banner
  switch (notice.notice) {
    case 'file_set_aside':
      return { tone: 'bad', icon: History, text: words.fileSetAside, technical: notice.path, stays: true }
    case 'counter_recovered':
      return { tone: 'bad', icon: History, text: words.counterRecovered, technical: notice.path, stays: true }
    case 'rows_skipped':
      return { tone: 'bad', icon: TriangleAlert, text: words.rowsSkipped, technical: notice.detail, stays: true }
    case 'settings_not_read':
      return { tone: 'waiting', icon: TriangleAlert, text: words.settingsNotRead, technical: notice.detail, stays: false }
    case 'task_failed':
      return {
        tone: 'bad',
        icon: TriangleAlert,
        text: notice.ends ? words.taskEnds : words.taskFailed,
        technical: `${notice.task}: ${notice.detail}`,
        stays: true,
      }
    case 'storage':
      return { tone: 'bad', icon: TriangleAlert, text: words.storage, technical: notice.detail, stays: true }
    case 'server_restored':
      return { tone: 'bad', icon: History, text: words.serverRestored(notice.printed), technical: null, stays: true }
    case 'counter_cloned':
      return { tone: 'bad', icon: TriangleAlert, text: words.cloned, technical: null, stays: false }
    case 'stands_in':
      return { tone: 'bad', icon: Printer, text: words.standsIn(notice.counter, notice.printers.join(', ')), technical: null, stays: true }
    case 'tickets_unknown':
      return { tone: 'bad', icon: PrinterX, text: words.ticketsUnknown(notice.counter, notice.orders.join(', '), notice.printers.join(', ') || null), technical: null, stays: true }
    case 'letters_missing':
      return { tone: 'waiting', icon: Type, text: words.lettersMissing(notice.letters.length, notice.letters.join(', '), notice.fonts.join(', ') || null), technical: null, stays: true }
    case 'parts_missing':
      return { tone: 'waiting', icon: ImageOff, text: words.partsMissing(notice.parts.length), technical: notice.parts.join('\n'), stays: true }
    case 'printer_moved':
      return { tone: 'grey', icon: Printer, text: words.printerMoved(notice.name, plainAddress(notice.address)), technical: null, stays: true }
    default:
      return never(notice)
  }
}
