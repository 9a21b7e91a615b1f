// Numbers in what people wrote: within text from the right each is set by itself from the left, so that a phone number is
// dialled as it stands. The paper does the same.

/** Letters that run from the right, and the digits of Arabic, whose groups do so by themselves. */
const FROM_RIGHT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\u0660-\u0669]/u

const SEPARATOR = `[-.,/:'#*_()\\u2010-\\u2013\\u2019\\u2212\\u066b\\u066c\\u00a0\\u202f]`
/** Digits and what stands between them; Latin letters close to them. */
const GROUP = `[\\p{N}A-Za-z]*\\p{N}[\\p{N}A-Za-z]*(?:${SEPARATOR}{1,2}[\\p{N}A-Za-z]+)*`
/** Groups with spaces: of a phone number with its country or area, of three numbers or more, of thousands. */
const PHONE = `(?:\\+\\(?|\\(?(?=[0٠۰]))\\p{N}[\\p{N}()./-]*(?: \\(?\\p{N}[\\p{N}()./-]*){1,6}(?<=\\p{N})`
const SEVERAL = '\\p{N}{2,5}(?: \\p{N}{2,5}){2,}|\\p{N}{3,4} \\p{N}{3,4}(?!\\p{N})'
const THOUSANDS = '\\p{N}{1,3}(?: \\p{N}{3})+(?!\\p{N})(?:[.,]\\p{N}+)?'
const NUMBER = new RegExp(`(?:${PHONE}|(?<![\\p{N}])(?:${SEVERAL}|${THOUSANDS})|[+*#]{0,2}\\(?${GROUP})[#*%]?`, 'gu')

export interface Part {
  text: string
  number: boolean
}

/** A text in parts; one that runs from the left is a single one. */
export function parts(text: string): Part[] {
  if (!FROM_RIGHT.test(text)) return [{ text, number: false }]
  const made: Part[] = []
  let from = 0
  for (const match of text.matchAll(NUMBER)) {
    if (match.index > from) made.push({ text: text.slice(from, match.index), number: false })
    made.push({ text: match[0], number: true })
    from = match.index + match[0].length
  }
  if (from < text.length) made.push({ text: text.slice(from), number: false })
  return made
}
