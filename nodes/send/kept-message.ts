import type { FlowMessage } from '../face/index.js'

/** Deeper than any document of a flow, and shallow enough for every recursion that a message meets. */
const MOST_DEPTH = 500

/**
 * In characters of JSON. A ledger that needs seconds to write one row would refuse the critical value for the picture
 * that stands beside it.
 */
const MOST_KEPT = 16 * 1024 * 1024

/** In how many messages at a time the request and response of an `http in` are kept; each is a connection. */
const MOST_LIVE = 1_000

/** The property by which a kept message names its live parts. */
const LIVE = '_crisisLive'

interface LiveParts {
  readonly req: unknown
  readonly res: unknown
}

/** The parts of messages that no ledger can keep, while this process lives and they are still to come out. */
const alive = new Map<string, LiveParts>()
let named = 0

/**
 * A message as it can be kept: without the request and response of an `http in`, which stay in memory, without the
 * properties that JSON does not know or that hold themselves, and without the largest where all is too large. Of the
 * payload and our own part what can be kept is.
 */
export function keptText(msg: FlowMessage): string {
  const { req, res, ...rest } = msg
  const live = keepAlive(req, res)
  let kept: FlowMessage = live === undefined ? rest : { ...rest, [LIVE]: live }
  let text: string
  try {
    text = JSON.stringify(kept)
  } catch {
    kept = pruned(kept)
    text = JSON.stringify(kept)
  }
  return text.length <= MOST_KEPT ? text : JSON.stringify(lightened(kept))
}

const pruned = (msg: FlowMessage): FlowMessage =>
  Object.fromEntries(
    Object.entries(msg).map(([name, value]) => [
      name,
      PRUNED.has(name) ? plain(value, []) : isKeepable(value) ? value : undefined,
    ]),
  )

/** Without its largest properties; the payload stays, and where it is an object goes without its own largest. */
function lightened(msg: FlowMessage): FlowMessage {
  const light: FlowMessage = withoutLargest(msg, NEVER_LEFT_OUT)
  const { payload } = light
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return light
  return { ...light, payload: withoutLargest(payload, new Set()) }
}

function withoutLargest(value: object, stays: ReadonlySet<string>): Record<string, unknown> {
  const parts = Object.entries(value).map(([name, part]: [string, unknown]) => ({
    name,
    part,
    size: (JSON.stringify(part) as string | undefined)?.length ?? 0,
  }))
  const mayGo = parts.filter(({ name }) => !stays.has(name)).toSorted((a, b) => b.size - a.size)
  let size = mayGo.reduce((sum, part) => sum + part.size, 0)
  const out = new Set<string>()
  for (const part of mayGo) {
    if (size <= MOST_KEPT) break
    out.add(part.name)
    size -= part.size
  }
  return Object.fromEntries(
    parts.filter(({ name }) => !out.has(name)).map(({ name, part }) => [name, part]),
  )
}

const PRUNED: ReadonlySet<string> = new Set(['payload', 'crisis'])
const NEVER_LEFT_OUT: ReadonlySet<string> = new Set([...PRUNED, LIVE])

function isKeepable(value: unknown): boolean {
  try {
    JSON.stringify(value)
    return true
  } catch {
    return false
  }
}

/** Gives a message that comes out its live parts back, or ones that answer nobody when they are gone. */
export function withLiveParts(msg: FlowMessage): FlowMessage {
  const { [LIVE]: live, ...rest } = msg
  if (typeof live !== 'string') return msg
  const parts = alive.get(live)
  alive.delete(live)
  return { ...rest, ...(parts ?? { res: gone() }) }
}

/** Returns the name that they are kept by; undefined when nobody waits for an answer. */
function keepAlive(req: unknown, res: unknown): string | undefined {
  const response = responseIn(res)
  if (!response) return undefined
  // Of this process only: another one that finds the name in the ledger must find nothing by it.
  const name = `${process.pid}-${performance.timeOrigin}-${++named}`
  alive.set(name, { req, res })
  const [oldest] = alive.keys()
  if (alive.size > MOST_LIVE && oldest !== undefined) alive.delete(oldest)
  response.once('close', () => alive.delete(name))
  return name
}

interface Closable {
  once(event: 'close', listener: () => void): unknown
}

/** The response inside of what Node-RED puts into a message. */
function responseIn(res: unknown): Closable | undefined {
  const inner: unknown = (res as { readonly _res?: unknown } | undefined)?._res
  return typeof (inner as Partial<Closable> | undefined)?.once === 'function'
    ? (inner as Closable)
    : undefined
}

const RESPONSE_METHODS = [
  'set',
  'cookie',
  'clearCookie',
  'status',
  'get',
  'send',
  'json',
  'jsonp',
  'end',
]

/**
 * A response whose caller is gone: the `http response` node speaks to it as to any other, and does not warn of a
 * message that has none.
 */
function gone(): object {
  const nobody: object = Object.fromEntries(RESPONSE_METHODS.map((name) => [name, () => nobody]))
  return { _res: nobody }
}

/** The part of a value that JSON can carry; undefined when there is none. */
function plain(value: unknown, around: readonly object[]): unknown {
  if (typeof value === 'bigint') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (around.includes(value) || around.length >= MOST_DEPTH) return undefined
  const inside = [...around, value]
  try {
    if ('toJSON' in value && typeof value.toJSON === 'function')
      return plain(value.toJSON(), inside)
    if (Array.isArray(value)) return value.map((item: unknown) => plain(item, inside))
    return Object.fromEntries(Object.keys(value).map((name) => [name, partOf(value, name, inside)]))
  } catch {
    // A proxy may refuse everything.
    return undefined
  }
}

function partOf(value: object, name: string, around: readonly object[]): unknown {
  try {
    return plain((value as Readonly<Record<string, unknown>>)[name], around)
  } catch {
    // A getter that throws.
    return undefined
  }
}
