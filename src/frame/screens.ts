// The screens that there are.

const SCREENS = ['orders', 'printers', 'settings'] as const

/** A screen. */
export type Screen = (typeof SCREENS)[number]

/** The screen of this name, else the first. */
export function screenOf(name: string): Screen {
  return SCREENS.find((screen) => screen === name) ?? 'orders'
}
