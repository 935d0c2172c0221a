import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '../house/house.js'
import { alertNames } from '../monitoring/files.js'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const PAGES = ['docs/operations.md', 'docs/operations.zh.md'].map((path) => ({
  path,
  text: read(path),
}))

/** The words of ours in code marks in the first cells of the tables: alerts, topics and codes. */
const rowsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^\|([^|]+)\|([^|]*)\|/gm)].flatMap(([, first = '', second = '']) =>
    // The codes of troubles stand in a second column; other second cells may name what they speak of.
    [first, /^[\s`A-Z_,、]+$/.test(second) ? second : ''].flatMap((cell) =>
      [...cell.matchAll(/`([\w.]+)`/g)].map(([, word]) => word ?? ''),
    ),
  )

const codesIn = (path: string, code: RegExp): readonly string[] => [
  ...new Set([...read(path).matchAll(code)].map(([, word]) => word ?? '')),
]

/** Where codes are made that sound as an alarm. */
const ALARMS: readonly (readonly [path: string, code: RegExp])[] = [
  ['src/loop/trouble-kinds.ts', /'([A-Z][A-Z_]*[A-Z])'/g],
  ['src/loop/trouble-kinds.ts', /^ {2}\| '(\w+)'$/gm],
  ['src/store/errors.ts', /^ {2}\| '(LEDGER_\w+)'$/gm],
  ['src/ledger/upkeep-troubles.ts', /'([A-Z]+_[A-Z]+)'/g],
  ['nodes/store/store-watch.ts', /'(LEDGER_\w+)'/g],
  ['src/board/metrics/health.ts', /'([A-Z]+_[A-Z_]+)'/g],
  ['src/http/hosting/own-port-errors.ts', /'(PORT_\w+)'/g],
]

describe('the page about operations', () => {
  for (const { path, text } of PAGES) {
    const rows = new Set(rowsOf(text))

    it(`says of every alarm how to react: ${path}`, () => {
      const alerts = alertNames()
      const codes = ALARMS.flatMap(([file, code]) => codesIn(file, code))
      assert.ok(alerts.length > 20 && codes.length > 60)
      const missing = [...alerts, ...codes].filter((name) => !rows.has(name))
      assert.deepEqual([...new Set(missing)], [])
    })

    it(`sends nobody to a page that is not there: ${path}`, () => {
      const links = [...text.matchAll(/\]\(((?!https?:)[^)#]+)/g)].map(([, link]) => link ?? '')
      assert.ok(links.length > 3)
      for (const link of links) assert.ok(existsSync(join(ROOT, dirname(path), link)), link)
    })
  }

  it('is the same in both languages: headings, rows and what is to be typed', () => {
    const [en = [], zh] = PAGES.map(({ text }) => [
      ...[...text.matchAll(/^(#+) /gm)].map(([, marks]) => marks),
      ...rowsOf(text),
      ...[...text.matchAll(/^```\w+$|^(?:ExecStart|nssm|docker|npx|\s+server|\s+option).*$/gm)].map(
        ([line]) => line.replace(/postgres:.*/, ''),
      ),
    ])
    assert.ok(en.length > 120)
    assert.deepEqual(zh, en)
  })
})
