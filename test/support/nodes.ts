import { DEFAULTS } from '../../nodes/settings/index.js'
import type { FlowNode } from './flow-node.js'

/* The nodes of a flow, each with its defaults. */

export type Settings = Readonly<Record<string, unknown>>

export const peer = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.peer,
  id: 'peer',
  type: 'crisis peer',
  ...settings,
})

/** A service on a port of its own on the loopback, open to all; the port must be given. */
export const service = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.service,
  id: 'service',
  type: 'crisis service',
  mount: 'port',
  host: '127.0.0.1',
  path: '/crisis',
  licenceCheck: false,
  unguarded: true,
  ...settings,
})

export const out = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.out,
  id: 'out',
  type: 'crisis out',
  peer: 'peer',
  wires: [['one'], ['two']],
  ...settings,
})

export const inNode = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.in,
  id: 'in',
  type: 'crisis in',
  service: 'service',
  wires: [['one']],
  ...settings,
})

export const response = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.response,
  id: 'response',
  type: 'generic response',
  wires: [['answered']],
  ...settings,
})

export const parser = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.parser,
  id: 'parser',
  type: 'crisis parser',
  wires: [['one']],
  ...settings,
})

export const plan = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.plan,
  id: 'plan',
  type: 'crisis plan',
  name: '标准',
  steps: [step('0', '值班医师'), step('60', '总值班', { until: 'processed', repeat: '10' })],
  ...settings,
})

export const channel = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.channel,
  id: 'channel',
  type: 'crisis channel',
  ...settings,
})

/** A step of a plan, as it is typed. */
export const step = (after: string, role: string, more: Settings = {}): object => ({
  ...{ after, until: 'received', role, channels: '', repeat: '', most: '' },
  ...more,
})

export const roster = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.roster,
  id: 'roster',
  type: 'crisis roster',
  channels: 'sms, wecom',
  ...settings,
})

export const watch = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.watch,
  id: 'watch',
  type: 'crisis watch',
  plan: 'plan',
  wires: [['due'], ['changed'], ['trouble']],
  ...settings,
})

export const simulator = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.simulator,
  id: 'simulator',
  type: 'crisis simulator',
  wires: [['simulated']],
  ...settings,
})

export const page = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.page,
  id: 'page',
  type: 'crisis page',
  channel: 'channel',
  wires: [['taken'], ['failed']],
  ...settings,
})

export const board = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.board,
  id: 'board',
  type: 'crisis board',
  ...settings,
})

export const acknowledge = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.acknowledge,
  id: 'acknowledge',
  type: 'crisis acknowledge',
  wires: [['counted'], ['other']],
  ...settings,
})

export const register = (query: string, settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.register,
  id: 'register',
  type: 'crisis register',
  query,
  wires: [['found']],
  ...settings,
})
