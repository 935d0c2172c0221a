import { loadDefinitions } from '../nodes/editor-half.js'

/** A secret of every kind, to be looked for where none may be. */
export const LICENCE = 'never-to-be-shown-0001'

/** One node of each kind: its id in the flows, its type, its set. */
export const NODES = [
  ['store', 'crisis store', 'crisis-store'],
  ['peer', 'crisis peer', 'crisis-peer'],
  ['service', 'crisis service', 'crisis-service'],
  ['out', 'crisis out', 'crisis-out'],
  ['in', 'crisis in', 'crisis-in'],
  ['feedbackout', 'crisis feedback out', 'crisis-feedback-out'],
  ['feedbackin', 'crisis feedback in', 'crisis-feedback-in'],
  ['response', 'generic response', 'generic-response'],
  ['parser', 'crisis parser', 'crisis-parser'],
  ['register', 'crisis register', 'crisis-register'],
  ['plan', 'crisis plan', 'crisis-plan'],
  ['roster', 'crisis roster', 'crisis-roster'],
  ['watch', 'crisis watch', 'crisis-watch'],
  ['page', 'crisis page', 'crisis-page'],
  ['channel', 'crisis channel', 'crisis-channel'],
  ['acknowledge', 'crisis acknowledge', 'crisis-acknowledge'],
  ['board', 'crisis board', 'crisis-board'],
  ['simulator', 'crisis simulator', 'crisis-simulator'],
] as const

/** Nobody is on call at week-end nights, and one person has no address. */
const ROSTER_ROWS = [
  ['值班医师', '产科', '白班', '', '040001', '王医师', '13800000001', 'wang'],
  ['值班医师', '产科', '夜班', '周一至周五', '040002', '李医师', '13800000002', ''],
  ['值班医师', '产科', '夜班', '周三', '040003', '赵医师', '', ''],
  ['总值班', '', '', '', '', '行政总值班', '13800000009', 'duty'],
].map(([role, department, shift, days, code, name, sms, wecom]) => ({
  ...{ role, department, shift, days, code, name },
  addresses: { sms, wecom },
}))

const WATCH_ROW = {
  ...{ codes: '1', types: 'CT, MR', names: '', times: '夜班, 休息日' },
  ...{ department: '产科', plan: 'plan' },
}

export const isConfig = (id: string): boolean =>
  ['store', 'peer', 'service', 'plan', 'roster', 'channel', 'board'].includes(id)

/** One of each node with its defaults, calling its own Node-RED. */
export function flowsFor(port: number): object[] {
  const definitions = loadDefinitions(NODES.map(([, , set]) => set))
  const licences = JSON.stringify([{ application: 'HIS', licence: LICENCE }])
  const own: Readonly<Record<string, object>> = {
    store: { credentials: { password: LICENCE } },
    peer: { address: `http://127.0.0.1:${port}/test/pacs`, credentials: { licence: LICENCE } },
    service: { path: '/test/pacs', allow: '127.0.0.1', credentials: { licences } },
    out: { peer: 'peer' },
    feedbackout: { peer: 'peer' },
    in: { service: 'service' },
    feedbackin: { service: 'service' },
    plan: {
      steps: [
        { after: '5', until: 'received', role: '值班医师', channels: '', repeat: '', most: '' },
        { after: '30', until: 'processed', role: '总值班', channels: '', repeat: '10', most: '6' },
      ],
    },
    roster: {
      channels: 'sms, wecom',
      shifts: '白班 08:00-16:00\n夜班 16:00-08:00',
      rows: ROSTER_ROWS,
    },
    watch: { plan: 'plan', roster: 'roster', rows: [WATCH_ROW] },
    page: { channel: 'channel' },
    channel: { credentials: { webhook: `http://127.0.0.1:${port}/robot?key=${LICENCE}` } },
    board: { path: '/test/board', credentials: { password: LICENCE } },
    simulator: { address: `http://127.0.0.1:${port}/test/pacs`, path: '/simulated' },
  }
  const nodes = NODES.map(([id, type], row) => {
    const { defaults, outputs = 0 } = definitions.get(type)!
    const settings = Object.entries(defaults).map(([name, { value }]) => [name, value])
    const wires = Array.from({ length: outputs }, () => [])
    const place = isConfig(id) ? {} : { z: 'tab', x: 200, y: 60 * row, wires }
    return { id, type, ...place, ...Object.fromEntries(settings), ...own[id] }
  })
  const { host: _host, ...old } = { ...service(), id: 'oldservice', mount: 'port', path: '/old' }
  const feedback = {
    ...{ ...service(), id: 'feedbackservice', path: '/test/feedback' },
    credentials: { licences },
  }
  const only = { id: 'feedbackonly', type: 'crisis feedback in', z: 'tab', version: 1 }
  return [
    { id: 'tab', type: 'tab', label: 'Flow' },
    ...nodes,
    peerOfBefore(port),
    // As it was saved without the setting of its address.
    old,
    // Its limit breaks the rule.
    {
      id: 'badregister',
      type: 'crisis register',
      z: 'tab',
      query: 'open',
      limit: 'x',
      wires: [[]],
    },
    feedback,
    { ...only, service: 'feedbackservice', x: 500, y: 60, wires: [[]] },
  ]
}

/** A service with the settings that a new one begins with. */
function service(): { host: string } & Record<string, unknown> {
  const { defaults } = loadDefinitions(['crisis-service']).get('crisis service')!
  const settings = Object.entries(defaults).map(([name, { value }]) => [name, value] as const)
  return { host: '', type: 'crisis service', ...Object.fromEntries(settings) }
}

/** A peer as the first version of this package saved it. */
function peerOfBefore(port: number): object {
  const { defaults } = loadDefinitions(['crisis-store', 'crisis-peer']).get('crisis peer')!
  const added = [
    ...['store', 'system', 'parallel', 'perMinute', 'troubleMinutes', 'expireHours'],
    ...['style', 'charset', 'cdata', 'declaration', 'replyProfile', 'login', 'clockOffset'],
    ...['parameters', 'wrapper', 'soapHeader', 'addressing', 'httpHeaders', 'carrier', 'oldTls'],
  ]
  const settings = Object.entries(defaults)
    .filter(([name]) => ![...added, 'replyTable'].includes(name))
    .map(([name, { value }]) => [name, value])
  const address = `http://127.0.0.1:${port}/test/pacs`
  return { id: 'before', type: 'crisis peer', ...Object.fromEntries(settings), address }
}
