// What every sign is made of: an icon and a colour. The word is said by whoever shows it.
import type { LucideIcon } from '@lucide/svelte'

/** An icon of the one icon set. */
export type Icon = LucideIcon

/** A colour of the tokens, by what it means. */
export type Tone = 'ok' | 'busy' | 'waiting' | 'ask' | 'bad' | 'grey' | 'brand'

/** An icon and a colour. */
export interface Sign {
  icon: Icon
  tone: Tone
  /** The icon turns while it goes on. */
  turns?: boolean
}
