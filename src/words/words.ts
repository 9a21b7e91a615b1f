// The shape of a catalogue: English has every key, and a language that lacks one does not compile.
import type { en } from './en'

type Widened<T> = T extends string
  ? string
  : T extends (...given: infer Given) => string
    ? (...given: Given) => string
    : T extends string[]
      ? string[]
      : { [Key in keyof T]: Widened<T[Key]> }

/** Everything that the screens say. */
export type Words = Widened<typeof en>
