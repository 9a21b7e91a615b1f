// How the restaurant writes amounts and times. Its own locale and time zone decide, not those of the PC.
import type { Business, Money } from '../ipc'
import { say } from './catalogue.svelte'

class Place {
  locale = $state<string | undefined>(undefined)
  zone = $state<string | undefined>(undefined)
}

const place = new Place()

/** From now on everything is written as this restaurant writes it. */
export function writeAs(business: Business | null): void {
  place.locale = known(() => new Intl.Locale(business?.locale ?? '').baseName)
  place.zone = known(() => new Intl.DateTimeFormat('en', { timeZone: business?.time_zone ?? '' }).resolvedOptions().timeZone)
}

/** What was asked for, or nothing where this PC does not know it: then the PC's own holds. */
function known(ask: () => string): string | undefined {
  try {
    return ask()
  } catch {
    return undefined
  }
}

/** Digits after the decimal mark of an ISO 4217 currency. */
function minorDigits(currency: string): number {
  if (/^(BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF)$/.test(currency)) return 0
  return /^(BHD|IQD|JOD|KWD|LYD|OMR|TND)$/.test(currency) ? 3 : 2
}

/** An amount, as it stands on a receipt. */
export function money(amount: Money): string {
  const digits = minorDigits(amount.currency)
  const style = { style: 'currency', currency: amount.currency, minimumFractionDigits: digits, maximumFractionDigits: digits } as const
  return new Intl.NumberFormat(place.locale, style).format(amount.minor / 10 ** digits)
}

function written(time: Date, style: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(place.locale, { ...style, timeZone: place.zone }).format(time)
}

/** The hour and minute on the restaurant's clock. */
export function clockTime(time: Date): string {
  return written(time, { hour: '2-digit', minute: '2-digit' })
}

/** As `clockTime`, with the day in front unless it is today's. */
export function moment(time: string, now: Date): string {
  const at = new Date(time)
  return sameDay(at, now) ? clockTime(at) : written(at, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
}

/** As `moment`, to the second. */
export function second(time: string, now: Date): string {
  const at = new Date(time)
  const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const
  return written(at, sameDay(at, now) ? clock : { day: 'numeric', month: 'short', ...clock })
}

/** How long ago, in words while it is less than an hour. */
export function ago(time: string, now: Date): string {
  const minutes = Math.floor((now.getTime() - new Date(time).getTime()) / 60_000)
  if (minutes < 1) return say().orders.justNow
  return minutes < 60 ? say().orders.minutes(minutes) : moment(time, now)
}

function sameDay(a: Date, b: Date): boolean {
  const day = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
  return written(a, day) === written(b, day)
}
