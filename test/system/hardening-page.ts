import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from '../support/node-red.js'

export interface Row {
  readonly attack: string
  readonly answer: string
  readonly cpuMs: number
  readonly peakMb: number
}

const FILE = path.join(ROOT, 'docs', 'hardening.md')
const HEAD = '| Attack | Answer | CPU ms | Peak MB |'

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`

const figure = (value: number): string => (value < 1 ? '< 1' : value.toFixed(0))

/** Attack and answer of each row of the page, without the costs, which are another each time. */
export function rowsOfPage(): readonly (readonly [attack: string, answer: string])[] {
  const [, table = ''] = readFileSync(FILE, 'utf8').split(HEAD)
  return table
    .split('\n')
    .filter((text) => text.startsWith('|') && !/^\|[\s|:-]*$/.test(text))
    .map((text) => text.split(' | '))
    .map(([attack = '', answer = '']) => [attack.replace(/^\|\s*/, '').trim(), answer.trim()])
}

/** Writes the table anew below the page's own text. */
export function writePage(rows: readonly Row[]): void {
  const [text = ''] = readFileSync(FILE, 'utf8').split(HEAD)
  const table = rows.map(({ attack, answer, cpuMs, peakMb }) =>
    line([attack, answer, figure(cpuMs), figure(peakMb)]),
  )
  writeFileSync(FILE, [`${text}${HEAD}`, '| --- | --- | ---: | ---: |', ...table, ''].join('\n'))
}
