// The three signs of a ticket: its word is in the catalogue, its icon and its colour are here.
import Check from '@lucide/svelte/icons/check'
import CircleHelp from '@lucide/svelte/icons/circle-question-mark'
import CircleX from '@lucide/svelte/icons/circle-x'
import Clock from '@lucide/svelte/icons/clock'
import Ellipsis from '@lucide/svelte/icons/ellipsis'
import Hand from '@lucide/svelte/icons/hand'
import LoaderCircle from '@lucide/svelte/icons/loader-circle'
import Minus from '@lucide/svelte/icons/minus'
import Globe from '@lucide/svelte/icons/globe'
import Phone from '@lucide/svelte/icons/phone'
import Store from '@lucide/svelte/icons/store'
import type { JobState, SalesChannel } from '../ipc'
import type { Icon, Sign } from '../ui/sign'

/** By the state of a ticket. */
export const signs: Record<JobState['state'], Sign> = {
  queued: { icon: Ellipsis, tone: 'grey' },
  waiting: { icon: Clock, tone: 'waiting' },
  printing: { icon: LoaderCircle, tone: 'busy', turns: true },
  printed: { icon: Check, tone: 'ok' },
  sent: { icon: Check, tone: 'grey' },
  unconfirmed: { icon: CircleHelp, tone: 'ask' },
  failed: { icon: CircleX, tone: 'bad' },
  held: { icon: Hand, tone: 'ask' },
  cancelled: { icon: Minus, tone: 'grey' },
  expired: { icon: Minus, tone: 'grey' },
}

/** By where an order came from. */
export const channelIcons: Record<SalesChannel, Icon> = { phone: Phone, web: Globe, till: Store }
