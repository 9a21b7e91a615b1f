import { expect, test } from 'vitest'
import type { ProfileView } from '../ipc'
import { languages } from '../words/catalogue.svelte'
import { charactersOf, choicesOf } from './models'

const paper = (id: string): ProfileView => ({ id, maker: null, paper_mm: 80, columns: 48, cutter: true })
const model = (maker: string, id: string): ProfileView => ({ ...paper(id), maker })

test('papers come first, then models by maker and name', () => {
  const choices = choicesOf([paper('generic-80'), paper('generic-58'), model('Epson', 'TM-T88V'), model('Citizen', 'CT-S651'), model('Epson', 'TM-T20II')], languages.en.form)
  expect(choices.map(({ word }) => word)).toEqual(['Any printer, 80 mm paper', 'Any printer, 58 mm paper', 'Citizen CT-S651', 'Epson TM-T20II', 'Epson TM-T88V'])
  expect(choices[0]?.beside).toBe('80 mm, 48 characters')
})

test('a paper that has no word yet is shown by its name', () => {
  expect(choicesOf([paper('generic-112')], languages.en.form)[0]?.word).toBe('generic-112')
})

test('nothing typed is as many characters as the model has, and nonsense is no number', () => {
  expect(charactersOf(' ')).toBeNull()
  expect(charactersOf(' 42 ')).toBe(42)
  for (const wrong of ['15', '97', '4.2', '-42', 'x', '1e2', '042x']) expect(charactersOf(wrong), wrong).toBeUndefined()
})
