// The only door to the program behind the window: its commands, its events, its types.
import { commands, events, type Problem as Reason, type Sound, type Update } from './bindings'

export type * from './bindings'
/** A problem as it travels, before it is thrown. */
export type { Problem as Reason } from './bindings'

/** What a command failed with. `code` is for programs, `message` is technical text to copy. */
export class Problem extends Error {
  readonly code: Reason['code']
  readonly field: string | null

  constructor(reason: Reason) {
    super(reason.message)
    this.name = 'Problem'
    this.code = reason.code
    this.field = reason.field ?? null
  }

  /** Anything that was thrown, as a problem. */
  static of(thrown: unknown): Problem {
    if (thrown instanceof Problem) return thrown
    if (isReason(thrown)) return new Problem(thrown)
    return new Problem({ code: 'internal', message: thrown instanceof Error ? thrown.message : String(thrown) })
  }
}

function isReason(thrown: unknown): thrown is Reason {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'message' in thrown && typeof thrown.message === 'string'
}

type Answer<T> = { status: 'ok'; data: T } | { status: 'error'; error: Reason }
type Asked<Arguments extends unknown[], T> = (...given: Arguments) => Promise<T>

/** A command that throws a Problem instead of answering with one. */
function asking<Arguments extends unknown[], T>(command: Asked<Arguments, Answer<T>>): Asked<Arguments, T> {
  return async (...given) => {
    const answer = await command(...given).catch((thrown: unknown) => {
      throw Problem.of(thrown)
    })
    if (answer.status === 'error') throw new Problem(answer.error)
    return answer.data
  }
}

export const snapshot = asking(commands.snapshot)
export const login = asking(commands.login)
export const logout = asking(commands.logout)
export const reprint = asking(commands.reprint)
export const itPrinted = asking(commands.itPrinted)
export const printAgain = asking(commands.printAgain)
export const cancelJob = asking(commands.cancelJob)
export const choosePrinter = asking(commands.choosePrinter)
export const holdTicket = asking(commands.holdTicket)
export const releaseTicket = asking(commands.releaseTicket)
export const printNext = asking(commands.printNext)
export const ticketHistory = asking(commands.ticketHistory)
export const ticketPicture = asking(commands.ticketPicture)
export const backlog = asking(commands.backlog)
export const printerProfiles = commands.printerProfiles
export const decideOldTickets = asking(commands.decideOldTickets)
export const pausePrinter = asking(commands.pausePrinter)
export const probePrinter = asking(commands.probePrinter)
export const findPrinters = asking(commands.findPrinters)
export const savePrinter = asking(commands.savePrinter)
export const enablePrinter = asking(commands.enablePrinter)
export const deletePrinter = asking(commands.deletePrinter)
export const testPrint = asking(commands.testPrint)
export const sawQr = asking(commands.sawQr)
export const trustPrinter = asking(commands.trustPrinter)
export const saveRules = asking(commands.saveRules)
export const printHere = asking(commands.printHere)
export const dismissNotices = asking(commands.dismissNotices)
export const setPreferences = asking(commands.setPreferences)
export const preferences = commands.preferences
export const defaultServer = commands.defaultServer

/** Hears of every change. Ask for a snapshot after it, so that no change falls between the two. */
export function onUpdate(hear: (update: Update) => void): Promise<() => void> {
  return events.updated.listen((event) => hear(event.payload))
}

/** Hears what is to be heard. */
export function onSound(hear: (sound: Sound) => void): Promise<() => void> {
  return events.rang.listen((event) => hear(event.payload))
}
