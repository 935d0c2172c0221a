import {
  CrisisError,
  layOut,
  splitInstant,
  withoutLicences,
  writeCrisisDocument,
  writeFeedbackDocument,
} from '../../src/messages/index.js'
import { OPERATIONS, type Operation } from '../../src/soap/index.js'
import type { Runtime } from '../face/index.js'
import { judgePasted, sendTrial, showRequest, type TriedPeer } from '../peer/index.js'
import {
  PEER_DEFAULTS,
  requireVariable,
  settingsOf,
  zoneSetting,
  type PeerConfig,
  type PeerCredentials,
  type ReplyRow,
} from '../settings/index.js'
import { useStore } from '../store/index.js'
import { isObject, textsIn } from './asked.js'
import { withVariables } from './variables.js'

/**
 * Answers what "Try it" in the dialog of a peer asks: the request for an invented value, what the peer says to it when
 * it is sent, and the meaning of an answer that was pasted.
 */
export function servePeerTrial(runtime: Runtime): void {
  runtime.answer('peer-request', async (body) => {
    const { peer, operation } = askedIn(runtime, body)
    const { document } = sampleOf(peer, operation)
    const masked = withoutLicences(Buffer.from(document), []).toString()
    return {
      ...(await showRequest(runtime, peer, operation, document)),
      document: await layOut(masked),
    }
  })
  runtime.answer('peer-try', (body, by) => send(runtime, body, by))
  runtime.answer('peer-judge', async (body) => {
    const { config } = askedIn(runtime, body).peer
    return judgePasted(config, textsIn(body, ['answer']).answer)
  })
}

/** A person waits for it. */
const MAX_TRIAL_MS = 60_000

/** Sends an invented value by the settings of the open dialog; the ledger notes it before and after. */
async function send(runtime: Runtime, body: Record<string, unknown>, by: string): Promise<unknown> {
  if (body['confirmed'] !== true) throw new CrisisError('TRIAL_UNCONFIRMED', UNCONFIRMED, '422')
  const { id, peer, operation } = askedIn(runtime, body)
  const { examNo, document } = sampleOf(peer, operation)
  const { store, release } = useStore(runtime, peer.config.store)
  try {
    const trial = { actor: store.actor({ id }), peer: id, operation, examNo, by }
    await store.ledger.run('noteTrial', trial)
    const signal = AbortSignal.timeout(MAX_TRIAL_MS)
    const tried = await sendTrial(runtime, peer, operation, document, signal)
    const outcome = { class: tried.class, code: tried.code }
    await store.ledger.run('noteTrial', { ...trial, outcome })
    const name = peer.config.name.trim() || id
    runtime.log('PEER_TRIAL', {
      zh: `向对方系统“${name}”发送了一条测试值（${examNo}）：${tried.class} ${tried.code}`,
      en: `A test value (${examNo}) was sent to the peer "${name}": ${tried.class} ${tried.code}`,
    })
    return { examNo, ...tried }
  } finally {
    await release()
  }
}

interface Asked {
  readonly id: string
  readonly peer: TriedPeer
  readonly operation: Operation
}

const CREDENTIALS = ['licence', 'user', 'password', 'query', 'secrets'] as const

/**
 * The settings of the open dialog, with saved secrets where none were typed: whoever may change flows could have them
 * sent anywhere by a flow.
 * @throws SettingError
 */
function askedIn(runtime: Runtime, body: Record<string, unknown>): Asked {
  const { id, operation: asked } = textsIn(body, ['id', 'operation'])
  const operation = OPERATIONS.find((one) => one === asked) ?? OPERATIONS[0]
  const config = settingsOf<PeerConfig>(
    withVariables(runtime, id, configIn(body['config'])),
    PEER_DEFAULTS,
  )
  const typed = textsIn(body['credentials'], CREDENTIALS)
  const saved = textsIn(runtime.credentials(id), CREDENTIALS)
  const known = CREDENTIALS.map((name) => [name, typed[name] || saved[name]] as const)
  const credentials: PeerCredentials = withVariables(runtime, id, Object.fromEntries(known))
  Object.values(credentials).forEach(requireVariable)
  return { id, peer: { id, config, credentials }, operation }
}

/** Settings of the type that they have by default; others are left to the default. */
function configIn(given: unknown): object {
  const known = PEER_DEFAULTS as unknown as Readonly<Record<string, unknown>>
  const entries = Object.entries(isObject(given) ? given : {}).filter(
    ([name, value]) => typeof value === typeof known[name] && !(name in STRUCTURED),
  )
  const { replyTable, replyRule, parameters, httpHeaders } = isObject(given) ? given : {}
  return {
    ...Object.fromEntries(entries),
    replyTable: rowsIn(replyTable),
    replyRule: isObject(replyRule) ? replyRule : null,
    parameters: textRowsIn(parameters),
    httpHeaders: textRowsIn(httpHeaders),
  }
}

const STRUCTURED = {
  replyTable: true,
  replyRule: true,
  parameters: true,
  httpHeaders: true,
} as const

/** Rows that hold nothing but texts; what they say is looked at as at the start. */
const textRowsIn = (given: unknown): readonly unknown[] =>
  (Array.isArray(given) ? given : []).filter(
    (row: unknown) =>
      isObject(row) && Object.values(row).every((value) => typeof value === 'string'),
  )

const rowsIn = (given: unknown): readonly ReplyRow[] =>
  (Array.isArray(given) ? given : []).map((row: unknown): ReplyRow => {
    const { code, words, action } = textsIn(row, ['code', 'words', 'action'])
    return { code, words, action: action as ReplyRow['action'] }
  })

/** A number that no exam has, and that simulated systems take. */
const EXAM_PREFIX = 'SIMULATED-TRY-'

interface Sample {
  readonly examNo: string
  readonly document: string
}

/** An invented document that says so to whoever reads it. */
function sampleOf({ config, credentials }: TriedPeer, operation: Operation): Sample {
  const { date, time } = splitInstant(Date.now(), zoneSetting(config.zone))
  const examNo = `${EXAM_PREFIX}${Date.now().toString(36).toUpperCase()}`
  const keys = { ExamNo: examNo, ApplyNo: examNo }
  if (operation === 'SynCrisisResponseInfo') {
    const header = { Application: config.application, License: credentials.licence ?? '' }
    const feedback = {
      ...keys,
      CrisisReceiver: { code: 'TEST', name: '测试，请忽略' },
      CrisisReceiveDate: date,
      CrisisReceiveTime: time,
    }
    return { examNo, document: writeFeedbackDocument(header, feedback) }
  }
  const crisis = {
    ...keys,
    SickNo: 'TEST',
    OrderNo: '',
    CrisisType: '测试',
    CrisisCode: '1',
    CrisisName: '测试，请忽略 / TEST, PLEASE IGNORE',
    CrisisMemo: '接口测试，没有危急值 / a test of the interface, there is no critical value',
    CrisisSettor: { code: 'TEST', name: '测试，请忽略' },
    CrisisSetDate: date,
    CrisisSetTime: time,
  }
  return { examNo, document: writeCrisisDocument(crisis) }
}

const UNCONFIRMED = {
  zh: '测试值只有在确认后才发送',
  en: 'A test value is only sent once that was confirmed',
}
