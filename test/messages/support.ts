import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CrisisError, type MessageErrorCode } from '../../src/messages/index.js'

export type SampleName =
  'crisis.xml' | 'crisis-response.xml' | 'generic-response.xml' | 'generic-response.json'

const SAMPLES = join(__dirname, '../../../test/samples')

/** One of the interface document's own samples, comments and blank lines included. */
export const sample = (name: SampleName): string => readFileSync(join(SAMPLES, name), 'utf8')

/** Runs a function that must refuse with this code, and hands back the error for more questions. */
export function refused(
  run: () => unknown,
  code: MessageErrorCode | 'FEEDBACK_EMPTY',
  about = '',
): CrisisError {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof CrisisError, `${about}: ${String(error)}`)
    assert.equal(error.code, code, about)
    assert.notEqual(error.reason.zh, '', about)
    assert.notEqual(error.reason.en, '', about)
    return error
  }
  return assert.fail(`was not refused: ${about}`)
}

/** mulberry32: the same numbers in [0, 1) for the same seed, so that a failure can be run again. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** What means something to a parser, or almost. */
const PIECES = [
  '<',
  '>',
  '/',
  '&',
  ';',
  '"',
  "'",
  '=',
  ' ',
  '\n',
  '\r',
  '\t',
  '?',
  '!',
  '-',
  ']',
  '[',
  ':',
  'a',
  '1',
  '医',
  '\u0001',
  '\u000b',
  '&lt;',
  '&#x41;',
  '&#0;',
  '&x;',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?p ',
  '?>',
  '<?xml version="1.0"?>',
  '<a>',
  '</a>',
  '<a/>',
  '</Crisis>',
  ' b="1"',
]

/** A text with one to three changes of the kind that hurt a parser. */
export function mutate(text: string, random: () => number): string {
  const below = (limit: number) => Math.floor(random() * limit)
  let mutant = text
  for (let change = below(3); change >= 0; change--) {
    const at = below(mutant.length)
    const until = at + below(12)
    const piece = PIECES[below(PIECES.length)] ?? ''
    switch (below(4)) {
      case 0:
        mutant = mutant.slice(0, at) + mutant.slice(until)
        break
      case 1:
        mutant = mutant.slice(0, at) + piece + mutant.slice(at)
        break
      case 2:
        mutant = mutant.slice(0, at) + piece + mutant.slice(at + 1)
        break
      default:
        mutant = mutant.slice(0, until) + mutant.slice(at)
    }
  }
  return mutant
}
