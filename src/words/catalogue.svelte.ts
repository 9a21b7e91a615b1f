// Which language is spoken. A language that lacks a key does not compile.
import { de } from './de'
import { en } from './en'

type Spoken<T> = T extends string
  ? string
  : T extends (...given: infer Given) => string
    ? (...given: Given) => string
    : T extends string[]
      ? string[]
      : { [Key in keyof T]: Spoken<T[Key]> }

/** Everything that the screens say. */
export type Words = Spoken<typeof en>

/** The languages by their tag. */
export const languages: Record<'en' | 'de', Words> = { en, de }

/** The tag of a language that we speak. */
export type Tag = keyof typeof languages

/** The first of these tags that we speak, else English. */
export function spoken(wanted: readonly (string | null)[]): Tag {
  for (const tag of wanted) {
    const language = tag?.toLowerCase().split('-')[0]
    if (language === 'en' || language === 'de') return language
  }
  return 'en'
}

class Language {
  tag = $state<Tag>('en')
}

/** The language of the window. */
export const language = new Language()

/** The words of the language that is spoken now; a component that uses them hears of a change. */
export function say(): Words {
  return languages[language.tag]
}
