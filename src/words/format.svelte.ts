// How the restaurant writes amounts and times. Its own locale and time zone decide, not those of the PC.
import type { Business, Money } from '../ipc'
import { say } from './catalogue.svelte'

class Place {
  locale = $state<string | undefined>(undefined)
  zone = $state<string | undefined>(undefined)
  /** Digits after the decimal mark that its amounts show when they are whole at that many. */
  digits = $state<number | undefined>(undefined)
}

const place = new Place()

/** From now on everything is written as this restaurant writes it. */
export function writeAs(business: Business | null): void {
  place.locale = known(() => new Intl.Locale((business?.locale ?? '').replaceAll('_', '-')).toString())
  place.digits = business?.minor_digits ?? undefined
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
  if (/^(CLF|UYW)$/.test(currency)) return 4
  return /^(BHD|IQD|JOD|KWD|LYD|OMR|TND)$/.test(currency) ? 3 : 2
}

/** An amount, as it stands on a receipt: `Intl` is what the receipt is measured by. Its digits are cut, not divided. */
export function money(amount: Money): string {
  const all = minorDigits(amount.currency)
  const wanted = Math.min(all, place.digits ?? all)
  const digits = amount.minor % 10 ** (all - wanted) === 0 ? wanted : all
  const style = { style: 'currency', currency: amount.currency, minimumFractionDigits: digits, maximumFractionDigits: digits } as const
  return new Intl.NumberFormat(place.locale, style).format(`${amount.minor}e-${all}` as `${number}`)
}

/** How much of a dish: `0,5`, `0,35 kg`. */
export function quantity(much: number, unit?: string | null): string {
  const written = new Intl.NumberFormat(place.locale, { maximumFractionDigits: 3, useGrouping: false }).format(much)
  return unit ? `${written} ${unit}` : written
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
