// Which language the window speaks.
import { de } from './de'
import { en } from './en'
import type { Words } from './words'

export type { Words }

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
