import type { Ledger, NotDecided, Owed, Replayed, WhichAlert } from '../../src/ledger/index.js'
import { CrisisError } from '../../src/messages/index.js'
import { contextOf, type Face, type FlowMessage, type Runtime } from '../face/index.js'
import { hasPeer, inFlows } from '../handout/index.js'
import { numberSetting, REGISTER_NUMBERS, type RegisterConfig } from '../settings/index.js'
import type { Store } from '../store/index.js'
import { giveUpDocuments, passOnDocuments, type PassedOnAll } from './unclaimed-documents.js'

/**
 * What `crisis register` answers to a message: what the ledger holds, or what became of a person's decision.
 * @throws CrisisError REGISTER_… when the message does not say what is needed; LedgerError
 */
export async function answer(
  face: Face,
  store: Store,
  settings: RegisterConfig,
  msg: FlowMessage,
): Promise<unknown> {
  const { ledger } = store
  const limit = numberSetting('limit', settings.limit, REGISTER_NUMBERS.limit)
  switch (settings.query) {
    case 'open':
      return ledger.ask('openAlerts', { limit })
    case 'trace':
      return ledger.ask('trace', whichAlert(msg))
    case 'dead':
      return ledger.ask('deadLetters', { limit })
    case 'parked':
      return ledger.ask('parkedDocuments', { limit })
    case 'holds':
      return ledger.ask('heldExams', { limit })
    case 'depth':
      return depth(face.runtime, ledger, textOf(msg, 'peer') ?? '')
    case 'callers':
      await store.callers.flush()
      return ledger.ask('callers', { limit })
    case 'refused': {
      const id = numberOf(msg, 'id')
      if (id === undefined) return ledger.ask('refusals', { limit })
      const found = await ledger.ask('refusal', { id })
      if (!found) throw notDecided('none')
      // A buffer wherever the ledger runs, for people to look at in the debug sidebar.
      return { ...found, raw: Buffer.from(found.raw) }
    }
    case 'verify':
      return ledger.verifyAudit()
    case 'replay':
      return replay(face, store, msg)
    case 'cancel': {
      const id = numberOf(msg, 'id')
      if (id === undefined) throw idMissing()
      const reason = textOf(msg, 'reason')
      if (reason === undefined) throw reasonMissing()
      const by = textOf(msg, 'by')
      return ledger.run('cancel', { actor: store.actor(face), id, by, reason })
    }
    case 'lift':
      return lift(face, store, msg)
    case 'cancelAlert':
      return cancelAlert(face, store, msg)
    case 'chooseContent':
      return chooseContent(face, store, msg)
    case 'passOn':
      return passOn(face, store, msg)
    case 'giveUp': {
      const reason = textOf(msg, 'reason')
      if (reason === undefined) throw reasonMissing()
      const decision = { by: textOf(msg, 'by') ?? '', reason }
      const peer = textOf(msg, 'peer')
      if (peer !== undefined) return giveUpDocuments(face, store, peer, decision)
      const args = { node: goneNode(face.runtime, msg), ...decision }
      return ledger.run('giveUpHandouts', { ...args, actor: store.actor(face) })
    }
  }
}

async function replay(face: Face, store: Store, msg: FlowMessage): Promise<unknown> {
  const { ledger } = store
  const all = textOf(msg, 'id') === 'all'
  const id = numberOf(msg, 'id')
  if (!all && (id === undefined || id < 0)) throw idMissing()
  const actor = store.actor(face)
  // The couriers look for themselves every two seconds.
  if (!all) {
    const document = textOf(msg, 'document') ?? null
    const { documents, overtaken } = await ledger.run('replay', { actor, id: id ?? -1, document })
    return { documents, overtaken }
  }
  const peer = textOf(msg, 'peer') ?? null
  const documents: number[] = []
  const overtaken: number[] = []
  let after: number | null = 0
  // In batches, between which whoever wants to store something gets its turn.
  while (after !== null) {
    const args = { actor, id: null, peer, document: null, after } as const
    const batch: Replayed = await ledger.run('replay', args)
    documents.push(...batch.documents)
    overtaken.push(...batch.overtaken)
    after = batch.after
  }
  return { documents, overtaken }
}

async function lift(face: Face, store: Store, msg: FlowMessage): Promise<unknown> {
  const which = whichAlert(msg)
  const { problem, peers, ...done } = await store.ledger.run('liftHold', {
    ...decisionOf(msg),
    actor: store.actor(face),
    which,
    wrong: textOf(msg, 'alert') ?? null,
  })
  if (problem) throw notDecided(problem)
  for (const peer of peers) store.ledger.hint(`outbox/${peer}`)
  return { alerts: done.alerts, cancelled: done.cancelled }
}

async function cancelAlert(face: Face, store: Store, msg: FlowMessage): Promise<unknown> {
  const which = whichAlert(msg)
  const { problem, peers, nodes, id } = await store.ledger.run('cancelAlert', {
    ...decisionOf(msg),
    actor: store.actor(face),
    which,
  })
  if (problem) throw notDecided(problem)
  for (const peer of peers) store.ledger.hint(`outbox/${peer}`)
  return { id, told: nodes }
}

async function chooseContent(face: Face, store: Store, msg: FlowMessage): Promise<unknown> {
  const which = whichAlert(msg)
  const revision = numberOf(msg, 'revision')
  if (revision === undefined) throw revisionMissing()
  const { problem, peers, nodes, id } = await store.ledger.run('chooseContent', {
    ...decisionOf(msg),
    actor: store.actor(face),
    which,
    revision,
  })
  if (problem) throw notDecided(problem)
  for (const peer of peers) store.ledger.hint(`outbox/${peer}`)
  return { id, revision, told: nodes }
}

/** How much waits for peers, and what is owed to flows: `inFlow` is false for a node or a peer that is gone. */
async function depth(runtime: Runtime, ledger: Ledger, peer: string): Promise<object> {
  const isKnown = inFlows(runtime)
  const isPeer = hasPeer(runtime, ledger)
  const owed = await ledger.ask('handoutsByNode', undefined)
  const peers = await ledger.ask('undeliveredByPeer', undefined)
  return {
    ...(await ledger.ask('depth', { peer })),
    peers: peers
      .filter((one) => peer === '' || one.peer === peer)
      .map(({ peer: id, waiting, parked, dead, oldestAt }) => ({
        peer: id,
        waiting,
        parked,
        dead,
        oldestAt,
        inFlow: isPeer(id),
      })),
    owed: owed.map(({ node, kind, messages, oldestAt }) => ({
      node,
      kind,
      messages,
      oldestAt,
      inFlow: isKnown(node),
    })),
  }
}

const HANDS_OUT: Readonly<Record<string, Owed['kind']>> = {
  'crisis in': 'crisis',
  'crisis feedback in': 'feedback',
  'crisis out': 'outcome',
  'crisis feedback out': 'outcome',
}

async function passOn(face: Face, store: Store, msg: FlowMessage): Promise<number | PassedOnAll> {
  const to = textOf(msg, 'to') ?? ''
  const peer = textOf(msg, 'peer')
  if (peer !== undefined) return passOnDocuments(face, store, peer, to)
  const from = goneNode(face.runtime, msg)
  const kind = HANDS_OUT[face.runtime.find(to)?.type ?? '']
  if (kind === undefined) throw nodeMissing()
  return store.ledger.run('passOnHandouts', { actor: store.actor(face), from, to, kind })
}

/** The node that is named as gone: one that runs hands its messages out itself. */
function goneNode(runtime: Runtime, msg: FlowMessage): string {
  const id = textOf(msg, 'node')
  if (id === undefined || runtime.find(id)) throw nodeMissing()
  return id
}

/** Two people and a reason (reading section 2, cancel and wrong patient). */
function decisionOf(msg: FlowMessage): { by: string; second: string; reason: string } {
  const [by, second, reason] = ['by', 'second', 'reason'].map((name) => textOf(msg, name))
  if (by === undefined || second === undefined || isSamePerson(by, second)) throw twoPeople()
  if (reason === undefined) throw reasonMissing()
  return { by, second, reason }
}

const isSamePerson = (one: string, other: string): boolean =>
  one.normalize('NFKC').toLowerCase() === other.normalize('NFKC').toLowerCase()

function whichAlert(msg: FlowMessage): WhichAlert {
  const ExamNo = textOf(msg, 'ExamNo')
  const ApplyNo = textOf(msg, 'ApplyNo')
  if (ExamNo !== undefined || ApplyNo !== undefined) {
    return { ...(ExamNo !== undefined && { ExamNo }), ...(ApplyNo !== undefined && { ApplyNo }) }
  }
  const id = textOf(msg, 'id') ?? contextOf(msg).id
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
      zh: '此操作必须说明原因：请提供 msg.payload.reason',
      en: 'This needs a reason: give msg.payload.reason',
    },
    '422',
  )

const twoPeople = () =>
  new CrisisError(
    'REGISTER_PEOPLE',
    {
      zh: '此操作须由两人共同确认：请在 msg.payload.by 与 msg.payload.second 中提供两个不同的姓名或工号',
      en: 'Two people decide this: give two different names or staff numbers as msg.payload.by and msg.payload.second',
    },
    '422',
  )

const nodeMissing = () =>
  new CrisisError(
    'REGISTER_NODE',
    {
      zh: '请以 msg.payload.node 提供不在运行的节点的 id；转交时还须以 msg.payload.to 提供正在运行的同类节点的 id',
      en: 'Give the id of a node that does not run as msg.payload.node, and, to pass on, that of one of its kind that runs as msg.payload.to',
    },
    '422',
  )

const revisionMissing = () =>
  new CrisisError(
    'REGISTER_REVISION',
    {
      zh: '未指明以哪一次内容为准：请以 msg.payload.revision 提供其序号',
      en: 'It is not said which content holds: give its number as msg.payload.revision',
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

const notDecided = (problem: NotDecided): CrisisError =>
  problem === 'several'
    ? new CrisisError(
        'REGISTER_SEVERAL',
        {
          zh: '符合条件的不止一项，未做任何更改：请以危急值的 id 指定',
          en: 'More than one is meant, so nothing was changed: name it by the id of a critical value',
        },
        '422',
      )
    : new CrisisError(
        'REGISTER_NONE',
        {
          zh: '没有可以执行此操作的危急值，未做任何更改',
          en: 'There is no critical value that this could be done to; nothing was changed',
        },
        '404',
      )
