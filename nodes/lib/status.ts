import type { Node } from 'node-red'
import type { OutcomeClass } from '../../src/delivery/index.js'
import type { Store } from './store.js'

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
  | 'unguarded'
  | 'licenceSoon'
  | 'licenceExpired'
  | 'queued'
  | 'storing'
  | 'retrying'
  | 'held'
  | 'waitsFinding'
  | 'waitsProcess'
  | 'storeFailing'
  | 'storeMigrating'
  | 'storeFull'
  | 'storeLow'
  | OutcomeClass

const GOOD: readonly StatusWord[] = ['ready', 'listening', 'delivered', 'answered']
const WARNING: readonly StatusWord[] = ['storeLow', 'licenceSoon']
const ACTIVE: readonly StatusWord[] = [
  'storeMigrating',
  'waiting',
  'busy',
  'queued',
  'storing',
  'waitsFinding',
  'waitsProcess',
]

/**
 * One vocabulary of colours: green works, blue is busy, yellow needs somebody soon, red needs somebody.
 * @param text what to show in place of the word, such as a count that needs no translation
 */
export function show(node: Node, word: StatusWord, text = `status.${word}`): void {
  const good = GOOD.includes(word)
  const active = ACTIVE.includes(word)
  const warning = WARNING.includes(word)
  node.status({
    fill: good ? 'green' : active ? 'blue' : warning ? 'yellow' : 'red',
    shape: word === 'ready' || (!good && !active) ? 'ring' : 'dot',
    text,
  })
}

const FAILING: Readonly<Record<string, StatusWord>> = {
  LEDGER_FULL: 'storeFull',
  LEDGER_MIGRATING: 'storeMigrating',
}

/** What a node shows while it is idle: `word`, unless the ledger does not work. */
export function showStore(node: Node, store: Store, word: StatusWord): void {
  const { engine, space } = store.ledger
  if (engine.state === 'failing') show(node, FAILING[engine.trouble?.code ?? ''] ?? 'storeFailing')
  else if (space?.space === 'spent') show(node, 'storeFull')
  else show(node, space?.space === 'low' ? 'storeLow' : word)
}
