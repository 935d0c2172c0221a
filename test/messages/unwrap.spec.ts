import assert from 'node:assert/strict'
import {
  escapeAttribute,
  escapeText,
  readWrapping,
  unwrap,
  type Wrapping,
} from '../../src/messages/index.js'
import { seeded } from './support.js'

const stepsOf = (...words: readonly string[]): readonly Wrapping[] =>
  words.map((word) => readWrapping(word) ?? assert.fail(word))

/** A text in CDATA. Carriage returns are kept only outside (XML 1.0, 2.11). */
const cdata = (text: string): string =>
  text
    .split('\r')
    .map((part) => `<![CDATA[${part.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`)
    .join('&#xD;')

/** Each step with the wrapping that it takes off. */
const WRAPPINGS: readonly (readonly [word: string, wrap: (text: string) => string])[] = [
  ['xml:a/b', (text) => `<a><c>x</c><b>${escapeText(text)}</b></a>`],
  ['xml:a/b', (text) => `<?xml version="1.0"?>\n<a>\n<b>${cdata(text)}</b></a>`],
  ['xml:a/@b', (text) => `<a b="${escapeAttribute(text)}"/>`],
  ['json:/a~1b/1', (text) => JSON.stringify({ 'a/b': [0, text] })],
  ['escaped', escapeText],
  ['escaped', cdata],
  ['base64', (text) => Buffer.from(text).toString('base64')],
  ['url', encodeURIComponent],
]

const PIECES = [
  ...['<', '&', '>', ']]>', '"', "'", '\\', '%', '+', ' ', '\n', '\r', '\r\n', '\t', '&lt;', '<b>'],
  ...[
    '&#xD;',
    '危急值',
    '𠮷',
    '\u3000',
    'a',
    '0',
    '=',
    '<![CDATA[',
    '<?xml version="1.0"?>',
    '{"a":1}',
  ],
]

describe('taking the wrapping off a document', () => {
  it('gives it back to the character, for any text in any three wrappings', () => {
    const random = seeded(20261130)
    const below = (most: number): number => Math.floor(random() * most)
    for (let round = 0; round < 2_000; round++) {
      // Something visible at both ends: a document has no blanks around it that count.
      const inside = Array.from({ length: below(8) }, () => PIECES[below(PIECES.length)])
      const text = `<x>${inside.join('')}</x>`
      const chosen = Array.from({ length: 1 + below(3) }, () => WRAPPINGS[below(WRAPPINGS.length)]!)
      const wrapped = chosen.reduceRight((inner, [, wrap]) => wrap(inner), text)
      const words = chosen.map(([word]) => word)
      assert.equal(unwrap(wrapped, stepsOf(...words)), text, `${words.join()}: ${wrapped}`)
    }
  })

  it('names the step that fails, and quotes nothing of the content', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['xml:a/b', '<a><c>secret</c></a>'],
      ['xml:a/b', '<a><b>secret</b><b/></a>'],
      ['xml:a/@b', '<a c="secret"/>'],
      ['xml:a/b', 'secret'],
      ['json:/a', '{"a":"secret","a":"x"}'],
      ['json:/a', '{"b":"secret"}'],
      ['json:/a', '{"a":{"b":"secret"}}'],
      ['escaped', '<b>secret</b>'],
      ['base64', 'secret!'],
      ['base64', Buffer.from([0xff, 0xfe, 0xfd]).toString('base64')],
      ['url', '%zzsecret'],
    ]
    for (const [word, text] of cases) {
      const wrapped = Buffer.from(text).toString('base64')
      assert.throws(
        () => unwrap(wrapped, stepsOf('base64', word)),
        ({ code, message }: { code: string; message: string }) =>
          code === 'WRAPPING_UNREADABLE' &&
          message.startsWith(`Unwrapping, step 2 (${word})`) &&
          !message.includes('secret'),
        text,
      )
    }
  })

  it('knows no other steps', () => {
    for (const word of [
      '',
      'zip',
      'xml:',
      'xml:a//b',
      'xml:@b',
      'xml:a/@b/c',
      'json:a',
      'xml:a b',
    ]) {
      assert.equal(readWrapping(word), undefined, word)
    }
  })
})
