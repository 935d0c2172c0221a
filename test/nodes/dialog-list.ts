import { DEFAULTS } from '../../nodes/settings/index.js'
import { loadDefinitions } from './editor-half.js'

// The runtime's own defaults, but for what a dialog does not have.
const {
  omitEmptyProcess: _omitEmptyProcess,
  perAlert: _perAlert,
  combinedOnly: _combinedOnly,
  ...OUT
} = DEFAULTS.out
const { emitResends: _emitResends, ...FEEDBACK_IN } = DEFAULTS.in
const { unknownExams: _unknownExams, ...CRISIS_IN } = DEFAULTS.in
/** A new service listens where no other machine reaches it; a saved one without an address listens on all. */
const SERVICE = { ...DEFAULTS.service, host: '127.0.0.1' }

/** Type, ports (none = a config node), settings with their defaults, credentials. */
export const NODES = {
  'crisis-store': ['crisis store', undefined, DEFAULTS.store, ['password']],
  'crisis-peer': [
    'crisis peer',
    undefined,
    DEFAULTS.peer,
    ['licence', 'user', 'password', 'query', 'secrets'],
  ],
  'crisis-service': [
    'crisis service',
    undefined,
    SERVICE,
    ['licences', 'user', 'secret', 'pathSecret'],
  ],
  'crisis-out': ['crisis out', [1, 2], OUT, []],
  'crisis-in': ['crisis in', [0, 1], CRISIS_IN, []],
  'crisis-feedback-out': ['crisis feedback out', [1, 2], DEFAULTS.out, []],
  'crisis-feedback-in': ['crisis feedback in', [0, 1], FEEDBACK_IN, []],
  'generic-response': ['generic response', [1, 1], DEFAULTS.response, []],
  'crisis-parser': ['crisis parser', [1, 1], DEFAULTS.parser, ['licence']],
  'crisis-register': ['crisis register', [1, 1], DEFAULTS.register, []],
  'crisis-plan': ['crisis plan', undefined, DEFAULTS.plan, []],
  'crisis-roster': ['crisis roster', undefined, DEFAULTS.roster, []],
  'crisis-watch': ['crisis watch', [0, 3], DEFAULTS.watch, []],
  'crisis-page': ['crisis page', [1, 2], DEFAULTS.page, []],
  'crisis-channel': [
    'crisis channel',
    undefined,
    DEFAULTS.channel,
    ['webhook', 'signSecret', 'corpSecret', 'token', 'user', 'password', 'secrets'],
  ],
  'crisis-acknowledge': ['crisis acknowledge', [1, 2], DEFAULTS.acknowledge, []],
  'crisis-board': ['crisis board', undefined, DEFAULTS.board, ['password', 'metricsToken']],
  'crisis-simulator': ['crisis simulator', [0, 1], DEFAULTS.simulator, ['licence']],
} as const satisfies Record<
  string,
  readonly [string, readonly [number, number] | undefined, object, readonly string[]]
>

export const SETS = Object.keys(NODES) as (keyof typeof NODES)[]
const definitions = loadDefinitions(SETS)

export const definitionOf = (set: keyof typeof NODES) => definitions.get(NODES[set][0])!

/** What a validator says of a value, for a node with these settings. */
export function verdict(
  set: keyof typeof NODES,
  name: string,
  value: unknown,
  settings: object = {},
) {
  const _def = definitionOf(set)
  const node = { type: NODES[set][0], _def, ...NODES[set][2], ...settings }
  return definitionOf(set).defaults[name]!.validate!.call(node, value, {})
}
