// Writes templates/data/currencies.txt, how each locale writes amounts, from the Unicode CLDR. Run it by hand for a new
// version: node scripts/currencies.mjs. It fetches two packages of npm into a temporary folder; nothing else needs them.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const version = '48.2.0'
const to = join(import.meta.dirname, '..', 'templates', 'data')
const folder = mkdtempSync(join(tmpdir(), 'cldr-'))
const json = (...path) => JSON.parse(readFileSync(join(folder, ...path), 'utf8'))

for (const name of ['cldr-core', 'cldr-numbers-full']) {
  const archive = execFileSync('npm', ['pack', '--silent', `${name}@${version}`], { cwd: folder, encoding: 'utf8' }).trim()
  mkdirSync(join(folder, name))
  execFileSync('tar', ['-xzf', archive, '-C', name], { cwd: folder })
}

const supplemental = (file) => json('cldr-core', 'package', 'supplemental', `${file}.json`).supplemental
const systems = supplemental('numberingSystems').numberingSystems
const parents = supplemental('parentLocales').parentLocales.parentLocale
const likely = supplemental('likelySubtags').likelySubtags
const main = join('cldr-numbers-full', 'package', 'main')
const tags = readdirSync(join(folder, main)).sort()

// Those that somebody pays with today, and those that Intl knows beside them.
const lately = ['ANG', 'BGN', 'CUC', 'HRK', 'SLL', 'SVC', 'ZWL']
const currencies = new Set(lately)
for (const region of Object.values(supplemental('currencyData').currencyData.region)) {
  for (const [code, use] of region.flatMap(Object.entries)) if (!use._to) currencies.add(code)
}

/** What a printer has no character for is written with the plain one. */
const plain = (text) => text.replaceAll('\u202f', '\u00a0').replaceAll('\u2212', '-').replaceAll('\u2019', "'").replaceAll('\u200b', '')

function parent(tag) {
  if (tag === 'und') return ''
  if (parents[tag]) return parents[tag]
  const subtags = tag.split('-')
  const last = subtags.pop()
  if (subtags.length === 0) return 'und'
  const shorter = subtags.join('-')
  const foreign = last.length === 4 && likely[shorter]?.split('-')[1] !== last
  return foreign ? 'und' : shorter
}

function writing(numbers, system) {
  const symbols = numbers[`symbols-numberSystem-${system}`]
  const pattern = numbers[`currencyFormats-numberSystem-${system}`]?.standard
  const digits = systems[system]?._digits
  if (!symbols || !pattern || !digits) return null
  // Chinese numerals do not follow one another in Unicode.
  const [zero, ...more] = [...digits].map((digit) => digit.codePointAt(0))
  if (more.some((digit, index) => digit !== zero + index + 1)) return null
  const fields = [[...digits][0], symbols.currencyDecimal ?? symbols.decimal, symbols.currencyGroup ?? symbols.group, symbols.minusSign, numbers.minimumGroupingDigits, pattern]
  return fields.map(plain).join('\t')
}

const units = new Map()
for (const tag of tags) {
  const numbers = json(main, tag, 'numbers.json').main[tag].numbers
  const known = json(main, tag, 'currencies.json').main[tag].numbers.currencies
  const system = numbers.defaultNumberingSystem
  const others = new Map()
  for (const other of ['latn', numbers.otherNumberingSystems?.native]) {
    const written = other && other !== system && writing(numbers, other)
    if (written) others.set(other, written)
  }
  const symbols = new Map()
  for (const code of [...currencies].sort()) {
    const { symbol, decimal, group, pattern } = known[code] ?? {}
    symbols.set(code, { symbol: plain(symbol ?? code), decimal, group, pattern })
  }
  const { decimal, group } = numbers[`symbols-numberSystem-${system}`] ?? {}
  units.set(tag, { system, style: writing(numbers, system), others, symbols, decimal, group })
}

const depth = (tag) => (tag ? 1 + depth(parent(tag)) : 0)

/** A symbol and, behind bars, the marks and the pattern of this currency alone. They are those of the locale that says it. */
function shown(tag, code) {
  const { symbol, decimal, group, pattern } = units.get(tag).symbols.get(code)
  if (!decimal && !group && !pattern) return symbol
  let says = units.get(tag)
  for (let above = parent(tag); pattern && above && units.get(above)?.symbols.get(code).pattern === pattern; above = parent(above)) says = units.get(above)
  return [symbol, decimal ?? says.decimal, group ?? says.group, pattern ?? ''].map(plain).join('|')
}

for (const [tag, unit] of units) unit.shown = new Map([...currencies].sort().map((code) => [code, shown(tag, code)]))

const kept = new Set()
const lines = []
// Parents before children, so that each child names a parent that has lines.
const parentsFirst = [...units].sort(([a], [b]) => depth(a) - depth(b))
for (const [tag, unit] of parentsFirst) {
  if (!unit.style) continue
  let above = parent(tag)
  while (above && !kept.has(above)) above = parent(above)
  const from = units.get(above)
  const differing = [...unit.shown].filter(([code, symbol]) => symbol !== (from ? from.shown.get(code) : code))
  const same = from && differing.length === 0 && from.style === unit.style && String([...from.others]) === String([...unit.others]) && from.system === unit.system
  if (same) continue
  kept.add(tag)
  lines.push([`=${tag}`, above, unit.system, unit.style, ...differing.map(([code, symbol]) => code + symbol)].join('\t'))
  for (const [system, style] of unit.others) lines.push(`+${system}\t${style}`)
}

const head = [
  `# How each locale writes amounts, by the Unicode CLDR ${version} (UNICODE-LICENSE.txt). Written by scripts/currencies.mjs.`,
  '# =LOCALE, its parent, its numbering system, then: digit zero, decimal mark, grouping mark, minus, minimum grouping digits,',
  "# pattern, and each symbol that is not its parent's, behind the code of its currency (behind bars: marks and a pattern of its own).",
  '# +SYSTEM: the same six with the digits of another numbering system.',
]
writeFileSync(join(to, 'currencies.txt'), [...head, ...lines, ''].join('\n'))
copyFileSync(join(folder, 'cldr-core', 'package', 'LICENSE'), join(to, 'UNICODE-LICENSE.txt'))
rmSync(folder, { recursive: true })
