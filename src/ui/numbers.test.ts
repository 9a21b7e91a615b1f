import { describe, expect, it } from 'vitest'
import { parts } from './numbers'

const numbers = (text: string) => parts(text).filter((part) => part.number).map((part) => part.text)

describe('numbers in what people wrote', () => {
  it.each([
    '+972 3-123-4567', '050-123-4567', '03 1234567', '(03) 123-4567', '555 123 4567', '12-34#', '*1234#', '18:30', '2026-11-21',
    '1,234.50', '1 234 567', '٠٥٠-١٢٣-٤٥٦٧', '۰۲۱-۸۸۷۷۶۶۵۵', 'B12-C34#',
  ])('%s is one number within text from the right', (number) => {
    expect(numbers(`שלום ${number} רב`)).toEqual([number])
    expect(numbers(`مرحبا ${number}`)).toEqual([number])
  })

  it('keeps numbers of different things apart', () => {
    expect(numbers('הרצל 12 6688312 תל אביב')).toEqual(['12', '6688312'])
    expect(numbers('שולחן 2 3')).toEqual(['2', '3'])
  })

  it('loses nothing, and leaves text from the left in one piece', () => {
    const text = 'ב-12:30, +972 3-123-4567 (קומה 2).'
    expect(parts(text).map((part) => part.text).join('')).toBe(text)
    expect(numbers('٠٥٠-١٢٣')).toEqual(['٠٥٠-١٢٣'])
    expect(parts('call +49 30 1234-567')).toEqual([{ text: 'call +49 30 1234-567', number: false }])
  })
})
