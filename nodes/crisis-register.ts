import type { Node, NodeAPI, NodeDef } from 'node-red'
import type { Ledger, WhichAlert } from '../src/ledger/index.js'
import { CrisisError } from '../src/messages/index.js'
import { onClose, onInput } from './lib/input.js'
import { contextOf, type FlowMessage } from './lib/message.js'
import { DEFAULTS, numberSetting, settingsOf, type RegisterConfig } from './lib/settings.js'
import { show, showStore } from './lib/status.js'
import { useStore, type Store } from './lib/store.js'

export = (RED: NodeAPI): void => {
  function CrisisRegisterNode(this: Node, saved: NodeDef & RegisterConfig): void {
    RED.nodes.createNode(this, saved)
    let used: ReturnType<typeof useStore> | undefined
    let problem: unknown
    try {
      used = useStore(RED, saved.store)
      showStore(this, used.store, 'ready')
    } catch (error) {
      problem = error
      show(this, 'badSetting')
    }
    onClose(this, async () => used?.release())
    onInput(RED, this, 'crisis-register', async (msg, send) => {
      if (!used) throw problem
      const { store } = used
      const settings = settingsOf<RegisterConfig>(saved, DEFAULTS.register)
      show(this, 'busy')
      const result = await answer(store, this, settings, msg)
      msg.payload = result
      msg.crisis = { ...contextOf(msg), count: Array.isArray(result) ? result.length : 1 }
      showStore(this, store, 'ready')
      send([msg])
    })
  }

  RED.nodes.registerType('crisis register', CrisisRegisterNode)
}

async function answer(
  store: Store,
  node: Node,
  settings: RegisterConfig,
  msg: FlowMessage,
): Promise<unknown> {
  const { ledger } = store
  const bounds = { least: 1, most: 10_000, fallback: 100 }
  const limit = numberSetting('limit', settings.limit, bounds)
  switch (settings.query) {
    case 'open':
      return ledger.run('openAlerts', { limit })
    case 'trace':
      return ledger.run('trace', whichAlert(msg))
    case 'dead':
      return ledger.run('deadLetters', { limit })
    case 'depth':
      return ledger.run('depth', { peer: textOf(msg, 'peer') ?? '' })
    case 'callers':
      await store.callers.flush()
      return ledger.run('callers', { limit })
    case 'verify':
      return ledger.verifyAudit()
    case 'replay':
      return replay(ledger, store, node, msg)
    case 'cancel': {
      const id = numberOf(msg, 'id')
      if (id === undefined) throw idMissing()
      const reason = textOf(msg, 'reason')
      if (reason === undefined) throw reasonMissing()
      return ledger.run('cancel', { actor: store.actor(node), id, reason })
    }
  }
}

async function replay(
  ledger: Ledger,
  store: Store,
  node: Node,
  msg: FlowMessage,
): Promise<unknown> {
  const all = textOf(msg, 'id') === 'all'
  const id = numberOf(msg, 'id')
  if (!all && (id === undefined || id < 0)) throw idMissing()
  const actor = store.actor(node)
  // The couriers look for themselves every two seconds.
  return all
    ? ledger.run('replay', { actor, id: null, peer: textOf(msg, 'peer') ?? null, document: null })
    : ledger.run('replay', { actor, id: id ?? -1, document: textOf(msg, 'document') ?? null })
}

function whichAlert(msg: FlowMessage): WhichAlert {
  const id = contextOf(msg).id
  const ExamNo = textOf(msg, 'ExamNo')
  const ApplyNo = textOf(msg, 'ApplyNo')
  if (ExamNo !== undefined || ApplyNo !== undefined) {
    return { ...(ExamNo !== undefined && { ExamNo }), ...(ApplyNo !== undefined && { ApplyNo }) }
  }
  if (id === undefined) throw idMissing()
  return { id }
}

const property = (msg: FlowMessage, name: string): unknown =>
  typeof msg.payload === 'object' && msg.payload !== null && Object.hasOwn(msg.payload, name)
    ? (msg.payload as Record<string, unknown>)[name]
    : undefined

function textOf(msg: FlowMessage, name: string): string | undefined {
  const value = property(msg, name)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

function numberOf(msg: FlowMessage, name: string): number | undefined {
  const value = property(msg, name)
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}

const reasonMissing = () =>
  new CrisisError(
    'REGISTER_REASON',
    {
      zh: '作废必须说明原因：请提供 msg.payload.reason',
      en: 'Giving a document up needs a reason: give msg.payload.reason',
    },
    '422',
  )

const idMissing = () =>
  new CrisisError(
    'REGISTER_ID',
    {
      zh: '缺少查询条件：请提供 msg.payload.id，或 ExamNo、ApplyNo，或 msg.crisis.id',
      en: 'It is not said which one is meant: give msg.payload.id, or ExamNo and ApplyNo, or msg.crisis.id',
    },
    '422',
  )
