import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { colourOf, STATUS_WORDS, type StatusWord } from '../../nodes/face/status.js'
import { filesBelow, ROOT } from './house.js'

const DOCS = join(ROOT, 'docs')
const LANGUAGES = { zh: '.zh.md', en: '.md' } as const

/** Pages whose tables and lists are alike too. */
const PAGES: ReadonlySet<string> = new Set([
  ...['acceptance', 'leaving', 'nodes', 'recipes', 'ten-minutes', 'troubleshooting'],
])

/** The pages that are there in both languages. */
const PAIRS = readdirSync(DOCS)
  .filter((name) => name.endsWith('.zh.md'))
  .map((name) => name.replace('.zh.md', ''))

const read = (page: string, language: keyof typeof LANGUAGES): string =>
  readFileSync(join(DOCS, page + LANGUAGES[language]), 'utf8')

/** Levels of headings, rows of tables, items of lists and pictures, in their order. */
const shapeOf = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => /^(?:#+(?= )|\||- |\d+\. |!)/.exec(line)?.[0].trim() ?? [])

/** Codes that a person may meet in Catch, in a log or beside a status. */
const CODES =
  /'(BACKLOG|ROSTER_GAP|SILENCE|(?:ACK|BACKLOG|CHANNEL|DELIVERY|FEEDBACK|LEDGER|LICENCE|OWED|PAGE|PEER|PORT|REPLY|SILENCE|STEP|SYNTHETIC|UPKEEP|WATCH|WSDL)(?:_[A-Z]+)+)'/g
/** Of HL7 acknowledgements, and news that are no faults. */
const NO_FAULTS =
  /^(?:ACK_(?:ACCEPTED|AMBIGUOUS|APPLICATION_\w+|CODE_UNKNOWN|COMMIT_\w+|OTHER_ID|UNREADABLE)|CHANNEL_(?:IS_FLOW|TESTED)|PEER_TRIAL)$/

describe('the guide', () => {
  it('is alike in both languages', () => {
    assert.ok(PAIRS.length >= 9)
    for (const page of PAIRS) {
      assert.ok(existsSync(join(DOCS, `${page}.md`)), page)
      const own = PAGES.has(page)
      const [zh, en] = (['zh', 'en'] as const).map((language) => {
        const shape = shapeOf(read(page, language))
        return own ? shape : shape.filter((one) => one.startsWith('#'))
      })
      assert.deepEqual(zh, en, page)
    }
  })

  it('has a section and a small picture for each node', () => {
    const { 'node-red': own } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      'node-red': { nodes: Record<string, string> }
    }
    for (const set of Object.keys(own.nodes)) {
      for (const language of ['zh', 'en'] as const) {
        const heading = new RegExp(`^## (?:.* )?\`${set.replaceAll('-', ' ')}\`$`, 'm')
        const text = read('nodes', language)
        assert.match(text, heading)
        const picture = `images/node-${set}-${language}.png`
        assert.ok(text.includes(`](${picture})`), picture)
        assert.ok(statSync(join(DOCS, picture)).size <= 60_000, picture)
      }
    }
  })

  it('says of each status that needs somebody what to do', () => {
    const words = Object.keys(STATUS_WORDS) as StatusWord[]
    const needing = words.filter((word) => ['red', 'yellow'].includes(colourOf(word)))
    assert.ok(needing.length > 20)
    for (const language of ['zh', 'en'] as const) {
      const text = read('troubleshooting', language)
      const missing = needing.filter(
        (word) => !text.includes(`| \`${STATUS_WORDS[word][language]}\``),
      )
      assert.deepEqual(missing, [], language)
    }
  })

  it('says of each code that people meet what to do, and names none that is gone', () => {
    const sources = [...filesBelow('src', /\.ts$/), ...filesBelow('nodes', /\.ts$/)]
    const all = sources.map(({ text }) => text).join('\n')
    const codes = [...all.matchAll(CODES)].map(([, code]) => code ?? '')
    const told = new Set(codes.filter((code) => !code.endsWith('_') && !NO_FAULTS.test(code)))
    assert.ok(told.size > 90)
    for (const language of ['zh', 'en'] as const) {
      const text = read('troubleshooting', language)
      const named = new Set(
        [...text.matchAll(/`([A-Z][A-Z\d]*(?:_[A-Z\d]+)*)`/g)].map(([, one]) => one),
      )
      assert.deepEqual(
        [...told].filter((code) => !named.has(code)),
        [],
        `${language} lacks`,
      )
      const gone = [...named].filter((code) => !all.includes(`'${code}'`) && code !== 'DOCTYPE')
      assert.deepEqual(gone, [], `${language} names`)
    }
  })
})
