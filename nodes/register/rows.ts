import { isoInZone } from '../../src/messages/index.js'
import type { Runtime } from '../face/index.js'

/** Properties that name a node or a config node by its id in the ledger. */
const NAMED: ReadonlySet<string> = new Set(['peer', 'node', 'service'])

/** Words of others, and names that are not ours to change: shown as they are. */
const VERBATIM: ReadonlySet<string> = new Set([
  'document',
  'form',
  'reply',
  'raw',
  'flags',
  'detail',
])

/**
 * Rows of the ledger as the register answers them: times in ISO 8601, reasons in the language of the hospital, and each
 * peer, node and service by its name beside its id (`peer`, `peerId`), as `msg.crisis` has them. The ledger's own number
 * of an alert, which no query takes, is left out.
 */
export function readable(runtime: Runtime, value: unknown): unknown {
  const names = namesIn(runtime)
  const show = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(show)
    return isPlain(one)
      ? Object.fromEntries(Object.entries(one).flatMap(([key, part]) => entry(key, part, one)))
      : one
  }
  const entry = (
    key: string,
    part: unknown,
    row: Readonly<Record<string, unknown>>,
  ): readonly (readonly [string, unknown])[] => {
    if (VERBATIM.has(key)) return [[key, part]]
    if (NAMED.has(key) && (typeof part === 'string' || part === null)) {
      return [
        [key, part && names(part)],
        [`${key}Id`, part],
      ]
    }
    if (key === 'reasonZh') return [['reason', reasonOf(runtime, part, row['reasonEn'])]]
    if (key === 'reasonEn' || (key === 'alert' && typeof part !== 'string')) return []
    if (isTime(key) && typeof part === 'number') return [[key, isoInZone(part)]]
    return [[key, show(part)]]
  }
  return show(value)
}

const isTime = (key: string): boolean => key === 'at' || key.endsWith('At')

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

const reasonOf = (runtime: Runtime, zh: unknown, en: unknown): string | null =>
  typeof zh === 'string' && typeof en === 'string' ? runtime.words({ zh, en }) : null

/** The name of a node that is in the flows, be it disabled; its id where it has none, or is gone. */
function namesIn(runtime: Runtime): (id: string) => string {
  const names = new Map<string, string>()
  for (const { id, name } of runtime.inFlows()) if (name) names.set(id, name)
  // Inside a subflow a node has an id of its own, which stands in no flow.
  return (id) => names.get(id) ?? (runtime.find(id)?.name || id)
}
