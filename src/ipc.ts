// The only interface to the program behind the window: its commands, events and types.
import { commands, events, type Problem as Reason, type Sound, type Update } from './bindings'

export type * from './bindings'
/** A problem as it travels, before it is thrown. */
export type { Problem as Reason } from './bindings'

/** The error of a command. `code` is for programs, `message` is technical text to copy. */
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
type Command<Arguments extends unknown[], T> = (...given: Arguments) => Promise<T>

/** A command that throws a Problem instead of answering with one. */
function throwing<Arguments extends unknown[], T>(command: Command<Arguments, Answer<T>>): Command<Arguments, T> {
  return async (...given) => {
    const answer = await command(...given).catch((thrown: unknown) => {
      throw Problem.of(thrown)
    })
    if (answer.status === 'error') throw new Problem(answer.error)
    return answer.data
  }
}

export const snapshot = throwing(commands.snapshot)
export const login = throwing(commands.login)
export const logout = throwing(commands.logout)
export const reprint = throwing(commands.reprint)
export const itPrinted = throwing(commands.itPrinted)
export const printAgain = throwing(commands.printAgain)
export const cancelJob = throwing(commands.cancelJob)
export const choosePrinter = throwing(commands.choosePrinter)
export const holdTicket = throwing(commands.holdTicket)
export const releaseTicket = throwing(commands.releaseTicket)
export const printNext = throwing(commands.printNext)
export const ticketHistory = throwing(commands.ticketHistory)
export const ticketPicture = throwing(commands.ticketPicture)
export const backlog = throwing(commands.backlog)
export const printerProfiles = commands.printerProfiles
export const decideOldTickets = throwing(commands.decideOldTickets)
export const pausePrinter = throwing(commands.pausePrinter)
export const probePrinter = throwing(commands.probePrinter)
export const findPrinters = throwing(commands.findPrinters)
export const savePrinter = throwing(commands.savePrinter)
export const enablePrinter = throwing(commands.enablePrinter)
export const deletePrinter = throwing(commands.deletePrinter)
export const testPrint = throwing(commands.testPrint)
export const sawQr = throwing(commands.sawQr)
export const trustPrinter = throwing(commands.trustPrinter)
export const saveRules = throwing(commands.saveRules)
export const printHere = throwing(commands.printHere)
export const becomeAnother = throwing(commands.becomeAnother)
export const dismissNotices = throwing(commands.dismissNotices)
export const resolveUnprinted = throwing(commands.resolveUnprinted)
export const setPreferences = throwing(commands.setPreferences)
export const preferences = commands.preferences
export const defaultServer = commands.defaultServer

/** Subscribes to changes. Ask for a snapshot after it, so that no change is lost in between. */
export function onUpdate(handler: (update: Update) => void): Promise<() => void> {
  return events.updated.listen((event) => handler(event.payload))
}

/** Subscribes to sounds. */
export function onSound(handler: (sound: Sound) => void): Promise<() => void> {
  return events.rang.listen((event) => handler(event.payload))
}
