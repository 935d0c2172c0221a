import assert from 'node:assert/strict'
import type { FlowNode } from '../support/flow-node.js'
import { EXAMPLES, readExample } from './cells.js'

const CORE = ['tab', 'comment', 'inject', 'debug', 'catch', 'status', 'delay', 'change', 'switch']
const CORE_SEQUENCE = ['split', 'join', 'template']
const CORE_NETWORK = [
  ...['http in', 'http response', 'http request'],
  ...['tcp in', 'tcp out', 'tcp request'],
]

interface Placed extends FlowNode {
  readonly x: number
  readonly y: number
  readonly name?: string
}

/** Half of the width of a node in the editor: its label in 14 px, beside icon and margins; as wide as it can come. */
const halfWidth = ({ name = '', type }: Placed): number =>
  ((name || type).replace(/[\u2e80-\uffff]/g, 'ww').length * 8 + 60) / 2

const HALF_HEIGHT = 18

/** The editor draws a wire as a curve that leaves and arrives level. */
function crosses(from: Placed, to: Placed, over: Placed): boolean {
  const [x1, x2] = [from.x + halfWidth(from), to.x - halfWidth(to)]
  const reach = Math.max(75, Math.abs(x2 - x1) * 0.75)
  for (let t = 0; t <= 1; t += 0.02) {
    const [a, b, c, d] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3]
    const x = a * x1 + b * (x1 + reach) + c * (x2 - reach) + d * x2
    const y = (a + b) * from.y + (c + d) * to.y
    if (Math.abs(x - over.x) < halfWidth(over) && Math.abs(y - over.y) < HALF_HEIGHT) return true
  }
  return false
}

describe('the examples', () => {
  it('are thirteen', () =>
    assert.deepEqual(
      EXAMPLES.map((name) => name.slice(0, 2)),
      ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12', '13'],
    ))

  for (const name of EXAMPLES) {
    it(`${name} needs no function node and nobody else’s nodes, and is explained`, () => {
      const text = readExample(name)
      const nodes = JSON.parse(text) as FlowNode[]
      for (const { type } of nodes) {
        const known =
          [...CORE, ...CORE_SEQUENCE, ...CORE_NETWORK].includes(type) ||
          /^(?:crisis |generic response$)/.test(type)
        assert.ok(known, type)
      }
      const comments = nodes.filter(({ type }) => type === 'comment')
      assert.ok(comments.length > 0)
      for (const { info } of comments) assert.match(String(info), /[\u4e00-\u9fff][^]*[a-z]{4}/)
      const ids = nodes.map(({ id }) => id)
      assert.equal(new Set(ids).size, ids.length)
      for (const { wires = [] } of nodes) for (const id of wires.flat()) assert.ok(ids.includes(id))
      // Only the loopback, so that an imported example calls nobody.
      // The namespace of SOAP is a name.
      for (const [host] of text.matchAll(/https?:\/\/(?!schemas\.xmlsoap\.org\/)[^/"]+/g))
        assert.match(host, /\/127\.0\.0\.1:\d+$/)
      assert.ok(
        nodes.some(({ type }) => type === 'catch'),
        'failures are caught',
      )
    })
  }

  for (const name of EXAMPLES) {
    it(`${name} has no wire that crosses a comment or a node`, () => {
      const nodes = (JSON.parse(readExample(name)) as Placed[]).filter(({ x }) => x !== undefined)
      const crossed = nodes.flatMap((from) =>
        (from.wires ?? []).flat().flatMap((id) => {
          const to = nodes.find((node) => node.id === id)
          assert.ok(to, id)
          const others = nodes.filter((node) => node !== from && node !== to)
          return others
            .filter((node) => crosses(from, to, node))
            .map((node) => [from.id, id, node.id])
        }),
      )
      assert.deepEqual(crossed, [])
    })
  }

  it('share no ids, so that all can be imported side by side', () => {
    const ids = EXAMPLES.flatMap((name) =>
      (JSON.parse(readExample(name)) as FlowNode[]).map(({ id }) => id),
    )
    assert.equal(new Set(ids).size, ids.length)
  })
})
