import assert from 'node:assert/strict'
import { Differential } from '../differential.js'
import { unreachedBlocks } from '../reach.js'

const CASES = 20_000
const REACHING_CASES = 10_000

/** What no document decides: machines whose units stand the other way round, and what others call. */
const ELSEWHERE: readonly string[] = [
  'fault.js, refuseLostCharacters: function refuseLostCharacters(text) {',
  'forbidden.js, markOf: (point) => String.fromCharCode(point < 0x20 ? 0x2400 + point : 0x2426)',
  'forbidden.js, markForbidden: function markForbidden(text) {',
  "element.js, ownText: (element) => element.children.reduce((text, { tail = '' }) => text + tail, element.text)",
  'element.js, textsOf: function* textsOf(element, but) {',
  'scan.js, textBetween: function textBetween(xml, from, to, limits) {',
  'scanner.js, enter: enter(at) {',
  'scanner.js, isSpace: isSpace() {',
  'scanner.js, someWatched: someWatched(test) {',
  'units.js, fill: else',
  "units.js, text: let text = '';",
]

describe('the scanner on documents that are made up', () => {
  it(`reads ${CASES} as the gate of version 0.1.0, the reference, expat and libxml2 do`, async function () {
    this.timeout(120_000)
    const differential = new Differential(Math.floor(Math.random() * 1_000_000))
    while (differential.result.cases < CASES) await differential.step()
    differential.close()
    const { differences, accepted } = differential.result
    assert.deepEqual(differences, [])
    assert.ok(accepted > CASES / 5 && accepted < CASES / 2, `${accepted} are well-formed`)
  })

  it('runs every block of its code on them', async function () {
    this.timeout(60_000)
    const unreached = await unreachedBlocks(REACHING_CASES, 20_140_616)
    assert.deepEqual(unreached, ELSEWHERE)
  })
})
