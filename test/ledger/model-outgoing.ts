import assert from 'node:assert/strict'
import type { Pruned, Verdict } from '../../src/ledger/index.js'
import { isClosed } from './model-finding.js'
import type { InHand, TracedExam } from './model-exam.js'
import type { Act, TraceRun } from './model-run.js'
import type { Peer, TraceEvent } from './model-trace.js'

/* What goes out, and what comes back from the wire; instances that go and come; what people decide of documents. */

type Of<K extends TraceEvent['kind']> = Extract<TraceEvent, { readonly kind: K }>

const LEASE_MS = 600 * 60_000
const YEAR_MS = 365 * 24 * 60 * 60_000

const valueOf = (exam: TracedExam, { id }: { readonly id: number }) =>
  exam.sent.values.find((one) => one.id === id)

/** Leases that have run out end when somebody looks. */
function endShort(exam: TracedExam, peer: Peer): void {
  for (const one of exam.inHand[peer]) {
    if (!one.isShort || one.isStale) continue
    one.isStale = true
    const value = peer === 'his' && valueOf(exam, one)
    if (value) exam.sent.giveBack(value, true)
  }
}

const claim: Act<Of<'claim'>> = async (run, exam, { peer, short }) => {
  endShort(exam, peer)
  const { documents } = await run.ledger.run('claim', {
    actor: run.actor,
    peer: exam.peer(peer),
    lease: `courier ${run.next()}`,
    leaseMs: short ? -1 : LEASE_MS,
    limit: 10,
    parallel: 10,
    perMinute: 0,
  })
  assert.ok(documents.length <= 1, 'one of an exam at a time')
  const [one] = documents
  if (peer === 'his') {
    const next = exam.sent.next()
    assert.equal(one?.id, next?.id, 'critical values go in their order')
    if (next) {
      assert.equal(one!.document, next.document)
      assert.equal(one!.attempts, ++next.attempts)
      next.state = 'leased'
    }
  } else if (one) {
    const inHand = exam.inHand.pacs.filter(({ isStale }) => !isStale)
    assert.deepEqual(inHand, [], 'one of an exam at a time')
    exam.take(one)
  }
  if (!one) return true
  run.noteThat(`taken: ${peer}${one.attempts > 1 ? ' again' : ''}`)
  exam.inHand[peer].push({ ...one, isShort: short, isStale: false })
  return true
}

const attemptOf = (run: TraceRun, state: Verdict['state']) => ({
  startedAt: run.ground.now(),
  endedAt: run.ground.now() + run.next(),
  class: state === 'done' ? 'delivered' : state === 'ready' ? 'unreachable' : 'rejected',
  code: state === 'done' ? 'DELIVERED' : 'PEER_DEADLINE',
  reasonZh: '',
  reasonEn: '',
  reply: null,
  request: Buffer.alloc(0),
  response: Buffer.alloc(0),
})

const conclude: Act<Of<'conclude'>> = async (run, exam, { peer, which, verdict: state, lost }) => {
  const one = takeFrom(exam.inHand[peer], which)
  if (!one) return false
  const verdict: Verdict = state === 'ready' ? { state, delayMs: -1 } : { state }
  const args = {
    actor: run.actor,
    id: one.id,
    lease: one.lease,
    attempt: attemptOf(run, state),
    verdict,
  }
  const { owned } = await run.ledger.run('conclude', args)
  assert.equal(owned, !one.isStale, 'an outcome counts while its lease does')
  if (!owned) return run.noteThat('concluded: too late')
  if (lost) {
    const again = await run.ledger.run('conclude', args)
    assert.equal(again.owned, true, 'it is known again')
  }
  run.noteThat(`concluded: ${peer} ${state}`)
  const value = peer === 'his' && valueOf(exam, one)
  if (value) run.oweOutcomes(exam.sent.conclude(value, state))
  else if (state === 'done') {
    run.delivered = one
    exam.deliver(one)
  }
  return true
}

function takeFrom(all: InHand[], which: number): InHand | undefined {
  return all.splice(which % Math.max(1, all.length), 1)[0]
}

const giveBack = async (run: TraceRun, exam: TracedExam, peer: Peer, one: InHand) => {
  await run.ledger.run('release', { id: one.id, lease: one.lease })
  const value = peer === 'his' && !one.isStale && valueOf(exam, one)
  if (value) exam.sent.giveBack(value, false)
}

const release: Act<Of<'release'>> = async (run, exam, { peer, which }) => {
  const one = takeFrom(exam.inHand[peer], which)
  if (!one) return false
  await giveBack(run, exam, peer, one)
  return true
}

/** Nodes are closed: what they have in hand is given back, and comes again. */
const redeploy: Act<Of<'redeploy'>> = async (run) => {
  for (const exam of run.exams) {
    for (const peer of ['his', 'pacs'] as const) {
      for (const one of exam.inHand[peer].splice(0)) await giveBack(run, exam, peer, one)
    }
  }
  const ids = run.kept.map(({ id }) => id)
  await run.ledger.run('giveBackHandouts', { ids, lease: 'node/1', unseen: false })
  run.oweAgain()
  return true
}

/** The only instance is killed and starts again; what it had on the wire may come back to nobody. */
const crash: Act<Of<'crash'>> = async (run) => {
  if (!run.ground.isAlone) return false
  await run.ledger.run('freeLeases', undefined)
  for (const exam of run.exams) {
    for (const one of exam.inHand.his) {
      const value = !one.isStale && valueOf(exam, one)
      if (value) exam.sent.giveBack(value, true)
    }
    for (const one of [...exam.inHand.his, ...exam.inHand.pacs]) one.isStale = true
  }
  run.oweAgain()
  return true
}

const expire: Act<Of<'expire'>> = async (run, exam, { peer, old }) => {
  await run.ledger.run('expireDocuments', {
    actor: run.actor,
    peer: exam.peer(peer),
    expiresAfterMs: old ? -1 : null,
  })
  if (peer === 'his') run.oweOutcomes(exam.sent.expire(old))
  return true
}

const replay: Act<Of<'replay'>> = async (run, exam, { peer, which }) => {
  const letters = await deadLetters(run, exam, peer)
  if (peer === 'his') {
    const dead = exam.sent.dead().map(({ id }) => id)
    assert.deepEqual(letters, dead, 'what needs a person is shown')
  }
  const one = which === null ? null : letters[which % Math.max(1, letters.length)]
  if (letters.length === 0 || one === undefined) return false
  const { documents, overtaken } = await run.ledger.run(
    'replay',
    one === null
      ? { actor: run.actor, id: null, peer: exam.peer(peer), document: null }
      : { actor: run.actor, id: one, document: null },
  )
  if (documents.length > 0) run.noteThat(`replayed: ${peer} sent`)
  if (overtaken.length > 0) run.noteThat(`replayed: ${peer} overtaken`)
  if (peer === 'pacs') {
    exam.closeDead()
    return true
  }
  const [sent, closed]: [number[], number[]] = [[], []]
  for (const value of exam.sent.dead()) {
    if (one !== null && value.id !== one) continue
    if (!exam.sent.replay(value)) {
      closed.push(value.id)
      continue
    }
    const id = documents[sent.length]
    assert.notEqual(id, undefined, 'it is sent again')
    sent.push(id!)
    exam.sent.add(id!, value.document, value.finding, value.content, value.topic)
  }
  assert.deepEqual({ documents, overtaken }, { documents: sent, overtaken: closed })
  return true
}

async function deadLetters(run: TraceRun, exam: TracedExam, which: Peer): Promise<number[]> {
  const letters = await run.ledger.run('deadLetters', { limit: 10_000 })
  return letters.filter(({ peer }) => peer === exam.peer(which)).map(({ id }) => id)
}

/** A person has decided that a document is not sent. */
const giveUp: Act<Of<'giveUp'>> = async (run, exam, { peer, which }) => {
  const waiting = await run.ledger.run('parkedDocuments', { limit: 10_000 })
  const own = waiting.filter((one) => one.peer === exam.peer(peer)).map(({ id }) => id)
  const dead = await deadLetters(run, exam, peer)
  const all = peer === 'his' ? exam.sent.values.map(({ id }) => id) : [...dead, ...own]
  const id = all[which % Math.max(1, all.length)]
  if (id === undefined) return false
  const isDone = await run.ledger.run('cancel', { actor: run.actor, id, reason: '' })
  const value = peer === 'his' && valueOf(exam, { id })
  if (value) {
    const outcomes = exam.sent.giveUp(value)
    assert.equal(isDone, outcomes !== null)
    run.oweOutcomes(outcomes ?? [])
  } else {
    // What is on the wire may arrive.
    const isOnWire = exam.inHand.pacs.some((one) => one.id === id && !one.isStale)
    assert.equal(isDone, !isOnWire)
    if (isOnWire) return true
    exam.isGivenUp = true
    exam.closeDead()
  }
  if (isDone) run.noteThat(`given up: ${peer}`)
  return true
}

/** Retention has run out for everything that may be removed. */
const prune: Act<Of<'prune'>> = async (run) => {
  const retention = { rawMs: -YEAR_MS, alertMs: -YEAR_MS }
  for (let left = 1; left > 0;) {
    left = 0
    let after: Pruned['next'] | undefined
    while (after !== null) {
      const pruned: Pruned = await run.ledger.run('prune', { actor: run.actor, retention, after })
      left += pruned.raw + pruned.deliveries + pruned.alerts
      after = pruned.next
    }
  }
  for (const exam of run.exams) await pruned(run, exam)
  return true
}

/** What is open, or held, or not delivered, outlives any retention. */
async function pruned(run: TraceRun, exam: TracedExam): Promise<void> {
  const { model, sent } = exam
  exam.isPruned = true
  sent.prune(isClosed)
  const traces = await run.ledger.run('trace', { ExamNo: exam.examNo })
  const kept = traces.map(({ summary }) => summary.id)
  const isOpen = model.findings.some((finding) => !isClosed(finding) || finding.isHeld)
  for (const finding of model.findings) {
    if (kept.includes(exam.idOf(finding))) continue
    run.noteThat('pruned')
    assert.ok(!isOpen, 'an exam that somebody has to deal with is kept')
    const isSent = sent.values.some((one) => one.finding === finding)
    assert.ok(!isSent, 'what is not delivered is kept')
  }
  model.forgetPruned((finding) => kept.includes(exam.idOf(finding)))
  if (model.findings.length > 0) return
  // What was told of an exam that is not known stays as long as any of it is still to be said.
  const { waiting, parked, dead } = await run.ledger.run('depth', { peer: exam.peer('pacs') })
  if (waiting + parked + dead === 0) model.unknown = []
}

export const OUTGOING = {
  claim,
  conclude,
  release,
  redeploy,
  crash,
  expire,
  replay,
  giveUp,
  prune,
}
