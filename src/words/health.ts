// A printer's health in words, and how loud they are.
import type { Health, PrinterView } from '../ipc'
import type { Tone } from '../ui/sign'
import { plainAddress } from './address'
import { say } from './catalogue.svelte'

/** How a printer is as far as this counter knows; nothing is known of another counter's printers. */
export function healthOf(view: PrinterView): Health | null {
  if (!view.printer.enabled) return 'disabled'
  return view.status?.health ?? (view.mine ? 'unknown' : null)
}

/** Whether it needs somebody. */
export function inTrouble(health: Health | null): boolean {
  switch (health) {
    case 'no_address':
    case 'unreachable':
    case 'offline':
    case 'paper_out':
    case 'cover_open':
    case 'cutter_error':
    case 'fault':
    case 'stranger':
      return true
    case 'unknown':
    case 'ready':
    case 'disabled':
    case null:
      return false
  }
}

/** The colour of a health. */
export function toneOf(health: Health | null): Tone {
  switch (health) {
    case 'ready':
      return 'ok'
    case 'unreachable':
    case 'fault':
    case 'cutter_error':
    case 'stranger':
      return 'bad'
    case 'no_address':
    case 'offline':
    case 'paper_out':
    case 'cover_open':
      return 'waiting'
    case 'unknown':
    case 'disabled':
    case null:
      return 'grey'
  }
}

/** A word that stands alone. */
export function alone(word: string): string {
  return word.charAt(0).toLocaleUpperCase() + word.slice(1)
}

/** What is wrong with a printer of this counter, and what to do. */
export function wordsOf(view: PrinterView, health: Health): { word: string; cause: string; step: string } {
  const words = say().health
  const { name } = view.printer
  const { word, cause, step } = words[health]
  if (health !== 'no_address' || view.foreign === null) return { word, cause: cause(name), step }
  const { foreign } = words
  return { word: foreign.word, cause: foreign.cause(name, plainAddress(view.foreign)), step: foreign.step }
}

/** What is wrong with a printer and what to do, in one breath. */
export function whatToDo(health: Health, name: string): string {
  const words = say().health[health]
  return `${words.cause(name)} ${words.step}`.trim()
}
