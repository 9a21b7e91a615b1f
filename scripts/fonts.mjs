// Gathers the receipt fonts, with their licences, from their npm packages into fonts/, where the app, the tests and
// the packages look for them. No font file lies in the repository.
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const from = join(root, 'node_modules', '@expo-google-fonts')
const to = join(root, 'fonts')
const weights = ['400Regular', '700Bold']
// Pictures are no bolder in bold text.
const plain = ['noto-emoji']

mkdirSync(to, { recursive: true })
let copied = 0
for (const family of readdirSync(from)) {
  for (const weight of plain.includes(family) ? weights.slice(0, 1) : weights) {
    const folder = join(from, family, weight)
    if (!existsSync(folder)) continue
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.ttf'))) copied += copy(join(folder, file), join(to, file))
  }
  const licence = ['LICENSE_FONT', 'OFL.txt', 'LICENSE'].map((name) => join(from, family, name)).find(existsSync)
  if (licence) copied += copy(licence, join(to, `${family}-LICENSE.txt`))
}
if (copied > 0) console.error(`fonts/: ${copied} files gathered`)

function copy(source, target) {
  if (existsSync(target) && statSync(target).size === statSync(source).size) return 0
  copyFileSync(source, target)
  return 1
}
