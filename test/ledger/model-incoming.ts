import assert from 'node:assert/strict'
import type { Feedback, Finding, Telling } from './model-finding.js'
import type { TracedExam } from './model-exam.js'
import type { Act, TraceRun } from './model-run.js'
import type { TraceEvent } from './model-trace.js'
import { contentOf, feedbackOf } from './model-words.js'

/* What comes in: from a PACS, from a hospital system, from a flow, from people who decide. */

type Of<K extends TraceEvent['kind']> = Extract<TraceEvent, { readonly kind: K }>

const crisis: Act<Of<'crisis'>> = async (run, exam, event) => {
  const content = contentOf(event, exam.examNo, run.start)
  const lease = `call/${run.next()}`
  const [stored] = await run.ledger.run('storeCrises', {
    actor: run.actor,
    origin: run.origin,
    crises: [run.itemOf(content)],
    emitResends: event.resends,
    target: run.target,
    ...(event.lost && { lease: { lease, leaseMs: 60_000 } }),
  })
  if (event.lost) await run.ledger.run('freeCall', { lease })
  const at = run.ground.now()
  const arrived = exam.model.arrive(content, at)
  const { finding, kind, late, earlier, wrongPatient } = arrived
  const shown = {
    kind: stored!.kind,
    late: stored!.late,
    earlier: stored!.earlier,
    wrongPatient: stored!.wrongPatient,
    content: stored!.revision - 1,
  }
  assert.deepEqual(shown, { kind, late, earlier, wrongPatient, content: arrived.content })
  run.noteThat(`arrived: ${kind}`)
  if (late) run.noteThat('arrived: late')
  if (earlier) run.noteThat('arrived: earlier')
  if (wrongPatient) run.noteThat('arrived: wrong patient')
  if (event.lost) run.noteThat('unknown commit')
  if (kind !== 'resend' || (event.resends && !late)) {
    run.owe(exam, finding, arrived.content, kind, wrongPatient)
  }
  if (kind !== 'new') return true
  for (const feedback of exam.model.rematch(finding, at)) {
    run.noteThat('heard: rematched')
    run.oweFeedback(feedback)
  }
  return true
}

const heard: Act<Of<'heard'>> = async (run, exam, { receiver, staff, said }) => {
  const feedback = feedbackOf({
    exam: exam.examNo,
    start: run.start,
    said,
    receiver: receiver < 2 ? `9${receiver}` : undefined,
    staff: staff < 3 ? `8${staff}` : undefined,
    isFragment: staff === 2,
  })
  // Refused with 422 before it comes to the ledger.
  if (!feedback.document.CrisisReceiver && !feedback.document.ProcessStaff) return false
  const [stored] = await run.ledger.run('storeFeedbacks', {
    actor: run.actor,
    origin: run.origin,
    feedbacks: [run.feedbackOf(feedback)],
    target: run.target,
  })
  const kind = exam.model.hear(feedback, run.ground.now())
  assert.equal(stored!.kind, kind)
  run.noteThat(`heard: ${kind}`)
  if (kind === 'new') run.oweFeedback(feedback)
  return true
}

/** What a flow has said, to be said again. */
interface Said {
  readonly feedback: Feedback
  /** undefined = the exam; null = what is none of this exam */
  readonly about: Finding | null | undefined
  readonly content: number | undefined
  readonly key: string
}

const SAID = new WeakMap<TracedExam, Map<string, Said>>()

const tell: Act<Of<'tell'>> = async (run, exam, { message, names, stage, said }) => {
  const id = `t${run.next()}`
  const feedback = feedbackOf({
    exam: exam.examNo,
    start: run.start,
    said,
    receiver: stage === 'processed' ? undefined : id,
    staff: stage === 'received' ? undefined : id,
  })
  const handed = exam.handed.at(-1 - message)
  if (!handed && names !== 'exam') return false
  const isNamed = names === 'alert' || names === 'revision'
  const key = names === 'exam' ? '' : handed && isNamed ? exam.idOf(handed.finding) : 'of nothing'
  const content = names === 'revision' ? handed?.content : undefined
  const about = key === '' ? undefined : (exam.named(key) ?? null)
  await say(run, exam, id, { feedback, about, content, key }, false)
  return true
}

async function say(
  run: TraceRun,
  exam: TracedExam,
  id: string,
  said: Said,
  again: boolean,
): Promise<boolean> {
  const { feedback, about, content, key } = said
  const { stage, receiveAt, processAt, examKey } = run.feedbackOf(feedback)
  assert.notEqual(stage, 'none')
  const sent = await run.ledger.run('sendFeedback', {
    tell: {
      actor: run.actor,
      system: run.ground.system,
      examKey,
      key,
      ...(content !== undefined && { revision: content + 1 }),
      feedback: feedback.document,
      stage: stage === 'processed' ? 'processed' : 'received',
      receiveAt,
      processAt,
    },
    item: {
      peer: exam.peer('pacs'),
      operation: 'SynCrisisResponseInfo',
      lane: examKey,
      node: run.target,
      message: JSON.stringify({ topic: id }),
      expiresAfterMs: null,
    },
    application: 'HIS',
    extra: [],
    redelivered: again,
    omitEmpty: true,
    omitEmptyProcess: false,
    perAlert: run.trace.mode === 'perAlert',
    combinedOnly: run.trace.mode === 'combinedOnly',
  })
  if (sent.known) {
    assert.ok(again, 'what is said for the first time is not known')
    return run.noteThat('told: known')
  }
  const all = SAID.get(exam) ?? new Map<string, Said>()
  SAID.set(exam, all.set(id, said))
  const told = exam.model.tell(id, feedback, about, content)
  if (typeof told === 'string') {
    assert.equal(sent.refused, told)
    run.noteThat(`told: ${told}`)
    return false
  }
  assert.equal(sent.refused, null, 'the flow has said it of what counts')
  assert.notEqual(sent.outbox, null)
  exam.tellings.set(id, told)
  run.noteThat(sent.parked ? `told: waits, ${sent.parked}` : 'told: goes')
  return false
}

/** A flow is handed its message again, and says the same. */
const retell: Act<Of<'retell'>> = async (run, exam, { which }) => {
  const [id, said] = [...(SAID.get(exam) ?? [])].at(-1 - which) ?? []
  if (!id || !said) return false
  const before = exam.tellings.get(id)
  // Of an exam that was removed and came anew, it names nothing that is there.
  const about = said.about && exam.named(said.key)
  const wasDead = before && exam.wereDead.has(before)
  const known = await say(
    run,
    exam,
    `${id}'`,
    { ...said, about: said.about && (about ?? null) },
    true,
  )
  if (known) {
    const same = [...exam.tellings.values()].filter(
      (one) => isSame(one, said.feedback) && one.state !== 'ended',
    )
    assert.ok(same.length > 0, 'what has ended with a person is said anew')
  } else if (before && !wasDead && !exam.isPruned && before.state !== 'ended') {
    assert.fail(`${id} is sent twice`)
  }
  return true
}

const isSame = (telling: Telling, { document }: Feedback): boolean =>
  JSON.stringify(telling.feedback) === JSON.stringify(document)

/** A flow passes a critical value on. */
const send: Act<Of<'send'>> = async (run, exam, { message, again }) => {
  const handed = exam.handed.at(-1 - message)
  if (!handed || !exam.model.findings.includes(handed.finding)) return false
  const { finding, content } = handed
  const item = run.itemOf(finding.contents[content]!)
  const topic = `s${run.next()}`
  const document = JSON.stringify(item.crisis)
  const sent = await run.ledger.run('sendCrisis', {
    actor: run.actor,
    origin: run.origin,
    crisis: item,
    revision: content + 1,
    redelivered: again,
    item: {
      peer: exam.peer('his'),
      operation: 'SynCrisisInfo',
      lane: item.examKey,
      document,
      node: run.target,
      message: JSON.stringify({ topic }),
      expiresAfterMs: null,
    },
  })
  if (finding.isCancelled) {
    assert.equal(sent.refused, 'cancelled')
    return run.noteThat('sent: cancelled')
  }
  const before = again ? exam.sent.before(finding, content) : null
  if (before === 'overtaken') {
    assert.equal(sent.refused, 'overtaken')
    return run.noteThat('sent: overtaken')
  }
  assert.equal(sent.refused, null)
  assert.equal(sent.known, before !== null, 'it was sent before')
  if (before) {
    assert.equal(sent.outbox, before.id)
    return run.noteThat('sent: known')
  }
  exam.sent.add(sent.outbox!, document, finding, content, topic)
  run.noteThat('sent: goes')
  return true
}

const decisionOf = (run: TraceRun, id: string) => ({
  actor: run.actor,
  which: { id },
  by: '张三',
  second: '李四',
  reason: '已核对腕带',
})

const at = (findings: readonly Finding[], place: number): Finding | undefined =>
  findings[place % Math.max(1, findings.length)]

/** What is left of a finding is ended, and its flows are told. */
function cancelOn(run: TraceRun, exam: TracedExam, finding: Finding): void {
  run.oweOutcomes(exam.sent.cancel(finding))
  exam.model.cancel(finding)
  run.owe(exam, finding, finding.current, 'cancelled')
}

const cancel: Act<Of<'cancel'>> = async (run, exam, { finding: place }) => {
  const finding = at(exam.model.findings, place)
  if (!finding) return false
  const { problem } = await run.ledger.run('cancelAlert', decisionOf(run, exam.idOf(finding)))
  assert.equal(problem, finding.isCancelled ? 'none' : null)
  if (problem) return true
  run.noteThat('decided: cancelled')
  cancelOn(run, exam, finding)
  return true
}

const lift: Act<Of<'lift'>> = async (run, exam, { wrong: place }) => {
  const { model } = exam
  const [first] = model.findings
  if (!first) return false
  const wrong = place === null ? undefined : at(model.findings, place)
  const { problem } = await run.ledger.run('liftHold', {
    ...decisionOf(run, exam.idOf(first)),
    wrong: wrong ? exam.idOf(wrong) : null,
  })
  const isPossible = model.isHeld && !wrong?.isCancelled
  assert.equal(problem, isPossible ? null : 'none')
  if (problem) return true
  run.noteThat('decided: lifted')
  if (wrong) cancelOn(run, exam, wrong)
  model.lift()
  return true
}

const choose: Act<Of<'choose'>> = async (run, exam, { finding: place, content }) => {
  const finding = at(exam.model.findings, place)
  if (!finding) return false
  const { problem } = await run.ledger.run('chooseContent', {
    ...decisionOf(run, exam.idOf(finding)),
    revision: content + 1,
  })
  const isPossible =
    !finding.isCancelled && content !== finding.current && content < finding.contents.length
  assert.equal(problem, isPossible ? null : 'none')
  if (problem) return true
  run.noteThat('decided: chosen')
  exam.model.choose(finding, content, run.ground.now())
  run.owe(exam, finding, content, 'revision')
  return true
}

export const INCOMING = { crisis, heard, tell, retell, send, cancel, lift, choose }
