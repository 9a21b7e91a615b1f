// What Intl writes, for the test that compares: the version of CLDR, the currencies, then for each locale that it has data
// of its own for a row `=LOCALE` and a row for each currency, amounts between tabs.
const [locales, amounts, digits] = process.argv.slice(2).map((text) => JSON.parse(text))
const currencies = Intl.supportedValuesOf('currency')
const rows = [process.versions.cldr, currencies.join()]
for (const locale of locales) {
  const known = new Intl.NumberFormat(locale).resolvedOptions().locale
  if (known !== locale) continue
  rows.push(`=${locale}`)
  for (const currency of currencies) {
    const decimals = digits[currency] ?? 2
    const format = new Intl.NumberFormat(locale, { style: 'currency', currency, minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    rows.push(amounts.map((minor) => format.format(`${minor}e-${decimals}`)).join('\t'))
  }
}
process.stdout.write(rows.join('\n'))
