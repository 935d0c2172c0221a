import type { Node } from 'node-red'
import type { OutcomeClass } from '../../src/delivery/index.js'

/** The words a status may show; the browser translates `status.<word>` with the node's catalogue. */
export type StatusWord =
  | 'ready'
  | 'busy'
  | 'waiting'
  | 'listening'
  | 'answered'
  | 'late'
  | 'refused'
  | 'error'
  | 'portInUse'
  | 'noService'
  | 'noPeer'
  | 'badSetting'
  | 'noLicence'
  | OutcomeClass

const GOOD: readonly StatusWord[] = ['ready', 'listening', 'delivered', 'answered']
const ACTIVE: readonly StatusWord[] = ['waiting', 'busy']

/** One vocabulary of colours: green works, blue is busy, red needs somebody. */
export function show(node: Node, word: StatusWord): void {
  const good = GOOD.includes(word)
  const active = ACTIVE.includes(word)
  node.status({
    fill: good ? 'green' : active ? 'blue' : 'red',
    shape: word === 'ready' || (!good && !active) ? 'ring' : 'dot',
    text: `status.${word}`,
  })
}
