import { DEFAULTS } from '../../nodes/settings/index.js'

export const CRISIS_PATH = '/his/services/crisis'

export interface CrashFlows {
  /** The settings of the ledger, and its password. */
  readonly store: Readonly<Record<string, string>>
  readonly credentials?: Readonly<Record<string, string>>
  /** The port that the service has for itself. */
  readonly port: number
  /** The address of the recorder. */
  readonly peer: string
  /** Where the flow notes each event it is given, one payload a line. */
  readonly events: string
}

/** `crisis in`, which answers when it has stored, and `crisis out` behind it. */
export const crashFlows = ({ store, credentials, port, peer, events }: CrashFlows): object[] => [
  { id: 'tab', type: 'tab', label: 'crash', disabled: false, info: '' },
  {
    ...DEFAULTS.store,
    id: 'store',
    type: 'crisis store',
    ...store,
    ...(credentials && { credentials }),
  },
  {
    ...DEFAULTS.service,
    id: 'service',
    type: 'crisis service',
    store: 'store',
    mount: 'port',
    host: '127.0.0.1',
    port: String(port),
    path: CRISIS_PATH,
    licenceCheck: false,
    allow: '127.0.0.1',
  },
  {
    ...DEFAULTS.peer,
    id: 'peer',
    type: 'crisis peer',
    store: 'store',
    address: peer,
    connectSeconds: '1',
    totalSeconds: '3',
  },
  {
    ...DEFAULTS.in,
    id: 'in',
    type: 'crisis in',
    z: 'tab',
    x: 100,
    y: 100,
    service: 'service',
    wires: [['out', 'note']],
  },
  {
    ...DEFAULTS.out,
    id: 'out',
    type: 'crisis out',
    z: 'tab',
    x: 300,
    y: 100,
    peer: 'peer',
    wires: [[], []],
  },
  {
    id: 'note',
    type: 'json',
    z: 'tab',
    x: 300,
    y: 160,
    property: 'payload',
    action: 'str',
    pretty: false,
    wires: [['events']],
  },
  {
    id: 'events',
    type: 'file',
    z: 'tab',
    x: 500,
    y: 160,
    filename: events,
    filenameType: 'str',
    appendNewline: true,
    createDir: false,
    overwriteFile: 'false',
    encoding: 'utf8',
    wires: [[]],
  },
]
