import type { AttemptRecord, Claimed, Verdict } from '../../src/ledger/index.js'
import { alertKey } from '../../src/loop/index.js'
import type { CrisisFeedback } from '../../src/messages/index.js'
import { CRISIS, PROCESSED, RECEIVED, type Site } from './site.js'
import { walkAccounts } from './walk-accounts.js'
import { walkBoard } from './walk-board.js'
import { walkActs, walkPages } from './walk-people.js'
import { walkTroubles } from './walk-troubles.js'

const PEER = 'peer'
const LEASE = { lease: 'walk/1', leaseMs: 60_000 }
const ITEM = { peer: PEER, node: 'node', message: '{}', expiresAfterMs: 1 } as const
const OLD_MS = 1_000 * 24 * 3_600_000

/** Indexes of what waits for somebody, or has ended of late, which is little, whatever was ever stored. */
export const WAITING: readonly string[] = [
  'alert_open',
  'feedback_orphan',
  'report_ended',
  'report_waits',
  'outbox_due',
  'outbox_lane',
  'outbox_lease',
  'outbox_dead',
  'outbox_blocked',
  'alert_hold',
  'timer_level',
  'alert_uncounted',
  'page_due',
  'page_waiting',
  'page_lease',
  'phone_call_open',
]

/** Runs every operation of the ledger at least once, by each of the ways through it that have statements of their own. */
export async function walk(site: Site): Promise<void> {
  const { ledger, actor, origin, target } = site
  const store = (changes: object, emitResends = false) =>
    ledger.run('storeCrises', {
      actor,
      origin,
      crises: [site.crisisOf(changes)],
      emitResends,
      target,
      lease: LEASE,
    })
  await store({})
  await store({}, true)
  await store({ CrisisMemo: 'changed' })
  await store({ CrisisName: 'another finding', SickNo: 'C0002' })
  await site.feedBack({ ...RECEIVED, ExamNo: 'unknown' })
  await site.feedBack({ ...RECEIVED, ExamNo: 'unknown' })
  await store({ ExamNo: 'unknown' })
  for (const feedback of [RECEIVED, RECEIVED, PROCESSED]) await site.feedBack(feedback)

  await walkOutbox(site)
  await walkDecisions(site)
  await ledger.run('freeLeases', undefined)
  await ledger.run('freeCall', { lease: 'of no call' })
  const lease = 'other/1'
  const [owed, again] = await ledger.run('takeHandouts', { target, lease, leaseMs: 1, limit: 10 })
  if (!owed || !again) throw new Error('something is owed')
  await ledger.run('renewHandouts', { ids: [again.id], lease, leaseMs: 1 })
  await ledger.run('giveBackHandouts', { ids: [again.id], lease, unseen: true })
  await ledger.run('settleHandout', { ids: [owed.id], lease })

  await ledger.run('openAlerts', { limit: 100 })
  const { ExamNo = '', ApplyNo = '' } = CRISIS
  const id = alertKey(site.system, CRISIS)
  for (const which of [{ id }, { ExamNo }, { ApplyNo }, { ExamNo, ApplyNo }, { id, ExamNo }]) {
    const found = await ledger.run('trace', which)
    if (found.length === 0) throw new Error('the walk has stored it')
  }
  for (const search of [
    { SickNo: CRISIS.SickNo },
    { ExamNo, ApplyNo, stage: 'open' },
    { from: 0 },
    { from: 0, until: OLD_MS, stage: 'closed' },
    { from: 0, until: OLD_MS, SickNo: CRISIS.SickNo, stage: 'cancelled' },
  ] as const) {
    await ledger.run('findAlerts', { ...search, limit: 100 })
  }
  await ledger.run('trace', { outbox: 1 })
  await ledger.run('findAlert', { system: site.system, key: id })
  await ledger.run('deadLetters', { limit: 100 })
  await ledger.run('ownReasons', { id: 1 })
  for (const peer of ['', PEER]) await ledger.run('depth', { peer })
  await ledger.run('monitor', { receivedMs: 1, processedMs: 1 })
  await ledger.run('lastTrouble', undefined)
  await ledger.verifyAudit()

  const item = {
    service: 'service',
    operation: '',
    remoteAddress: '',
    raw: Buffer.from('<'),
    charset: 'utf-8',
    code: 'XML',
    reasonZh: '',
    reasonEn: '',
  }
  const refused = await ledger.run('quarantine', { actor, item })
  await ledger.run('refusals', { limit: 100 })
  await ledger.run('trimQuarantine', { actor, maxBytes: 1_000_000, maxAgeMs: OLD_MS })
  await ledger.run('refusal', { id: refused })
  for (const ok of [false, true]) {
    await ledger.run('notePeer', { actor, peer: PEER, ok, alarmAfter: 1 })
  }
  const trial = { actor, peer: PEER, operation: 'SynCrisisInfo', examNo: 'SIMULATED-1', by: '' }
  await ledger.run('noteTrial', trial)
  await ledger.run('noteTrial', { ...trial, outcome: { class: 'delivered', code: 'DELIVERED' } })
  const seen = {
    service: 'service',
    remoteAddress: '10.0.0.1',
    operation: 'SynCrisisInfo',
    form: '{}',
    calls: 1,
    firstAgoMs: 0,
    lastAgoMs: 0,
  }
  const source = 'http://his.example/svc?wsdl'
  await ledger.run('keepDescription', { peer: PEER, source, description: '{}', at: 1 })
  await ledger.run('keptDescription', { peer: PEER, source })
  await ledger.run('noteCallers', { seen: [seen] })
  await ledger.run('callers', { limit: 10 })
  const rules = { zone: '+08:00', shifts: [], radiology: [], ultrasound: [], departments: {} }
  await ledger.run('keepTallyRules', { actor, rules: JSON.stringify(rules) })
  await ledger.run('countAlerts', { limit: 2 })
  const limits = { receivedMs: 1, processedMs: 1 }
  for (const by of [[], ['month', 'department']] as const) {
    await ledger.run('figures', { by, from: '2026-01-01', department: '', limits })
    await ledger.run('figures', { by, to: '2026-01-15', limits })
  }
  const page = { from: 0, until: Number.MAX_SAFE_INTEGER, after: null, limit: 10 }
  await ledger.run('registerRows', page)
  await ledger.run('alertsOfPeriod', page)
  const exams = [
    { ExamNo, ApplyNo: '' },
    { ExamNo: '', ApplyNo },
  ]
  await ledger.run('alertsOfExams', { exams })
  await walkBoard(site)
  // What is old enough, as every day; then all there is.
  const usual = { rawMs: OLD_MS, alertMs: OLD_MS }
  for (const retention of [usual, { rawMs: -OLD_MS, alertMs: -OLD_MS }]) {
    await ledger.run('lookAtClock', { actor, before: null })
    await ledger.run('prune', { actor, retention })
  }
}

/** An exam whose patient is in doubt, with a feedback that waits for it, until two people have decided. */
async function walkDecisions(site: Site): Promise<void> {
  const { ledger, actor } = site
  const decision = { by: 'A', second: 'B', reason: 'checked' }
  const ExamNo = 'doubted'
  const { alert } = await site.send({ ExamNo })
  await site.send({ ExamNo, CrisisSetTime: '10:00:00' })
  await site.send({ ExamNo, CrisisName: 'another finding', SickNo: 'C0002' })
  await tell(site, { ...RECEIVED, ExamNo })
  for (const name of ['heldExams', 'parkedDocuments'] as const) {
    const found = await ledger.run(name, { limit: 100 })
    if (found.length === 0) throw new Error(`${name}: the walk has stored it`)
  }
  const decide = { actor, which: { ExamNo }, ...decision }
  await ledger.run('liftHold', { ...decide, wrong: null })
  await ledger.run('chooseContent', {
    ...decide,
    which: { id: site.crisisOf({ ExamNo }).key },
    revision: 2,
  })
  await ledger.run('cancelAlert', decide)
  const gone = { actor, from: site.target, to: `${site.target} 2` }
  for (const kind of ['crisis', 'outcome'] as const) {
    await ledger.run('passOnHandouts', { ...gone, kind })
  }
  await ledger.run('handoutsByNode', undefined)
  await ledger.run('giveUpHandouts', { actor, node: gone.to, by: '', reason: 'x' })
  await ledger.run('tend', { peer: PEER })
  await ledger.run('undeliveredByPeer', undefined)
  // Of a lane of their own, so that the rest of the walk goes on as it was.
  const item = {
    ...ITEM,
    operation: 'SynCrisisInfo',
    lane: 'gone',
    document: '<a/>',
    alert,
  } as const
  for (let n = 0; n < 2; n++) {
    await ledger.run('enqueue', { actor, item: { ...item, peer: 'gone' } })
  }
  await ledger.run('passOnDocuments', { actor, from: 'gone', to: 'x', application: '', after: 0 })
  await ledger.run('giveUpDocuments', { actor, peer: 'x', by: '', reason: 'x' })
}

async function tell(site: Site, feedback: CrisisFeedback, again = false): Promise<void> {
  const { ledger, actor, system } = site
  const { examKey, stage, receiveAt, processAt } = site.feedbackOf(feedback)
  if (stage === 'none') throw new Error('it tells something')
  const key = alertKey(system, { ...CRISIS, ...feedback })
  await ledger.run('sendFeedback', {
    tell: { actor, system, examKey, key, feedback, stage, receiveAt, processAt },
    item: { ...ITEM, expiresAfterMs: null, operation: 'SynCrisisResponseInfo', lane: examKey },
    application: 'HIS',
    extra: [],
    redelivered: again,
    omitEmpty: true,
    omitEmptyProcess: false,
    perAlert: true,
    combinedOnly: false,
  })
}

async function walkOutbox(site: Site): Promise<void> {
  const { ledger, actor, origin } = site
  const crisis = site.crisisOf({ ExamNo: 'sent' })
  const document = '<Crisis/>'
  const operation = 'SynCrisisInfo'
  for (const again of [false, true]) {
    const item = { ...ITEM, operation, lane: crisis.examKey, document } as const
    await ledger.run('sendCrisis', { actor, origin, crisis, item, redelivered: again })
  }
  const told = { ExamNo: 'told' }
  await site.send(told)
  for (const feedback of [RECEIVED, PROCESSED]) await tell(site, { ...feedback, ...told })
  await tell(site, { ...RECEIVED, ...told }, true)
  await site.send({ ...told, CrisisName: 'a finding that comes when the other is closed' })
  const limits = { limit: 10, parallel: 10, perMinute: 1_000 }
  const claim = async (leaseMs: number): Promise<readonly Claimed[]> => {
    const { lease } = LEASE
    return (await ledger.run('claim', { actor, peer: PEER, lease, leaseMs, ...limits })).documents
  }
  const conclude = ({ id, lease }: Claimed, verdict: Verdict) =>
    ledger.run('conclude', { actor, id, lease, attempt: ATTEMPT, verdict })

  await claim(-1)
  for (const { id, lease } of await claim(60_000)) await ledger.run('release', { id, lease })
  for (const one of await claim(60_000)) await conclude(one, { state: 'ready', delayMs: -1 })
  await ledger.run('nextDue', { peer: PEER })
  await ledger.run('hastenPeer', { peer: PEER })
  for (const name of ['noteOld', 'noteWaits'] as const) {
    await ledger.run(name, { actor, peer: PEER, ageMs: 0 })
  }
  await ledger.run('expireDocuments', { actor, peer: PEER, expiresAfterMs: -1 })
  for (const peer of [null, PEER]) {
    await ledger.run('replay', { actor, id: null, peer, document: null })
  }
  for (let left = await claim(60_000); left.length > 0; left = await claim(60_000)) {
    for (const one of left) {
      await conclude(one, { state: 'done' })
      await conclude(one, { state: 'done' })
    }
  }
  await watch(site)
  await walkActs(site)
  await walkAccounts(site)
  const item = { ...ITEM, operation, lane: 'lane', document, alert: null } as const
  const id = await ledger.run('enqueue', { actor, item })
  await ledger.run('cancel', { actor, id, reason: '' })
}

/** A watch with a step that is due, one that nobody can be called for, and one that is void before a flow has it. */
async function watch(site: Site): Promise<void> {
  const { ledger, actor } = site
  const who = { actor, target: 'watch' }
  const step = { until: 'received', role: 'x', channels: [], repeatMs: null, cap: null }
  const steps = [
    { ...step, afterMs: 0 },
    { ...step, afterMs: 60_000, repeatMs: 60_000 },
  ]
  const plan = { id: 'x', name: '', limits: { receivedMs: 1, processedMs: null }, steps }
  const rules = {
    plans: [plan],
    choice: { rows: [], highest: null },
    changes: true,
    troubles: true,
  }
  await ledger.run('beginWatch', { ...who, rules: JSON.stringify(rules) })
  const { alert } = await site.send({ ExamNo: 'watched' })
  await ledger.run('openAlertNumbers', { after: 0 })
  await ledger.run('armAlert', { target: 'watch', alert })
  await ledger.run('endArming', { target: 'watch', rules: JSON.stringify(rules) })
  await ledger.run('dueTimers', { target: 'watch', limit: 10 })
  await ledger.run('fireTimer', { ...who, alert })
  const fired = { revision: 1, storedAt: 0, step: 0 }
  await ledger.run('passOverStep', { ...who, alert, fired })
  const taken = { target: 'watch', lease: 'walk/1', leaseMs: 1, limit: 10 }
  const step0 = (await ledger.run('takeHandouts', taken)).find(({ kind }) => kind === 'step')
  await ledger.run('dropVoidStep', { owed: step0!.id })
  await ledger.run('passOverHandout', { ...who, owed: step0!.id })
  await ledger.run('fireTimer', { ...who, alert })
  await walkPages(site)
  await site.feedBack({ ...PROCESSED, ExamNo: 'watched' })
  await walkTroubles(site)
  await ledger.run('endWatch', who)
}

const ATTEMPT: AttemptRecord = {
  startedAt: 1,
  endedAt: 2,
  class: 'unreachable',
  code: 'PEER_DEADLINE',
  reasonZh: '',
  reasonEn: '',
  reply: null,
  request: Buffer.from('<a/>'),
  response: Buffer.alloc(0),
}
