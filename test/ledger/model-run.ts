import assert from 'node:assert/strict'
import {
  alertKey,
  contentHash,
  feedbackHash,
  feedbackKey,
  findingKey,
  readCrisisQuality,
  readFeedbackStage,
} from '../../src/loop/index.js'
import {
  Ledger,
  type Actor,
  type CrisisToStore,
  type Engine,
  type FeedbackToStore,
  type Origin,
  type Owed,
} from '../../src/ledger/index.js'
import { MINUTE_MS, type Content, type Feedback, type Finding } from './model-finding.js'
import { INCOMING } from './model-incoming.js'
import { OUTGOING } from './model-outgoing.js'
import { covers, feedbackIn, partsOf, TracedExam, type InHand } from './model-exam.js'
import { TracedWatch } from './model-watch.js'
import type { SentOutcome } from './model-sent.js'
import type { Trace, TraceEvent, TraceStep } from './model-trace.js'

/** The ledger that a trace runs on, and its clock. */
export interface Ground {
  readonly engine: Engine
  readonly system: string
  now(): number
  /** Lets time pass; false where the clock cannot be moved. */
  wait(ms: number): boolean
  /** No other instance is there, so that a start ends all leases. */
  readonly isAlone: boolean
}

/** How often each thing has happened, so that no run passes in which nothing has. */
export type Tally = Map<string, number>

/** What an event does to both sides; false when there is nothing that it could happen to. */
export type Act<E> = (run: TraceRun, exam: TracedExam, event: E) => Promise<boolean>

type Acts = {
  readonly [K in TraceEvent['kind']]: Act<Extract<TraceEvent, { readonly kind: K }>>
}

const ACTS: Acts = {
  ...INCOMING,
  ...OUTGOING,
  wait: (run, _exam, { minutes }) => Promise.resolve(run.ground.wait(minutes * MINUTE_MS)),
}

/** What a flow has been handed. */
interface Message {
  readonly id: number
  readonly text: string
  readonly owed: Owed
}

/** The content of a message, whatever its kind. */
interface MessageContent {
  readonly id: string
  readonly kind: string
  readonly revision: number
  readonly wrongPatient: boolean
  readonly feedback: unknown
  readonly message: { readonly topic?: string }
  readonly state: string
  readonly code: string
}

const NODE = 'node/1'

/** Events by which flows are handed something. What another one owes them all the same is found by the next. */
const OWING: ReadonlySet<TraceEvent['kind']> = new Set([
  'crisis',
  'heard',
  'conclude',
  'expire',
  'cancel',
  'choose',
  'lift',
  'giveUp',
  'redeploy',
  'crash',
])
/** Events after which the register is looked at. */
const CHANGING: ReadonlySet<TraceEvent['kind']> = new Set([
  'crisis',
  'heard',
  'tell',
  'conclude',
  'replay',
  'cancel',
  'choose',
  'lift',
  'prune',
])
/** The register is looked at after every so many changes, and at the end. */
const SHOWN = 3
/** Events after which the watch looks at its timers. */
const LOOKED: ReadonlySet<TraceEvent['kind']> = new Set(['wait', 'redeploy', 'send'])
/** Happens to all exams. */
const OF_ALL: ReadonlySet<TraceEvent['kind']> = new Set(['prune'])

/** Plays a trace on a ledger and on the model, and compares them after each event. */
export class TraceRun {
  readonly ledger: Ledger
  readonly exams: readonly TracedExam[]
  readonly start: number
  readonly actor: Actor
  readonly origin: Origin
  readonly target: string
  /** The document that this event has delivered to a PACS. */
  delivered: InHand | null = null
  /** What flows have, and may lose. */
  kept: Message[] = []
  #count = 0
  #changes = 0
  #wanted: string[] = []
  #outcomes: SentOutcome[] = []
  readonly #seen = new Set<number>()

  constructor(
    readonly ground: Ground,
    readonly trace: Trace,
    readonly tally: Tally,
  ) {
    this.ledger = new Ledger(ground.engine)
    const { system } = ground
    this.actor = { chain: system, actor: `${system}/1` }
    this.target = `node of ${system}`
    const raw = Buffer.from('<raw/>')
    const remoteAddress = '127.0.0.1'
    this.origin = { service: 'service', system, remoteAddress, raw, charset: 'utf-8' }
    this.exams = [0, 1].map(
      (n) => new TracedExam(this.ledger, system, `${system}-${n}`, trace.mode),
    )
    // Some seconds into a minute, for those who say only the minute.
    this.start = Math.floor(ground.now() / MINUTE_MS) * MINUTE_MS + 13_000
  }

  async play(): Promise<void> {
    // On a ledger that others have too it would watch theirs as well.
    const isWatched = this.trace.isWatched && this.ground.isAlone
    const watch = isWatched ? new TracedWatch(this.ledger, this.actor) : null
    await watch?.begin()
    for (const step of this.trace.steps) {
      await this.#step(step)
      if (watch && LOOKED.has(step.event.kind) && (await watch.look()) > 0) {
        this.noteThat('paged')
      }
    }
    await watch?.check()
    for (const [n] of this.exams.entries()) await this.#finish(n)
    await watch?.check()
  }

  /** A number that nothing else of this trace has. */
  next(): number {
    return this.#count++
  }

  /** Counts what has happened; true, for an event that comes to it. */
  noteThat(what: string): true {
    this.tally.set(what, (this.tally.get(what) ?? 0) + 1)
    return true
  }

  /** A flow is to be handed a critical value by this event. */
  owe(exam: TracedExam, finding: Finding, content: number, kind: string, wrong = false): void {
    if (kind !== 'cancelled') exam.handed.push({ finding, content })
    this.#wanted.push(crisisText(kind, exam.idOf(finding), content + 1, wrong))
  }

  oweFeedback({ document }: Feedback): void {
    this.#wanted.push(feedbackText(document))
  }

  /** Flows are told of critical values that they sent. */
  oweOutcomes(outcomes: readonly SentOutcome[]): void {
    this.#outcomes.push(...outcomes)
  }

  /** What flows have comes again, because their nodes are closed, or their process is gone. */
  oweAgain(): void {
    this.#wanted.unshift(...this.kept.splice(0).map(({ text }) => text))
  }

  async #step({ exam: n, event, keeps }: TraceStep): Promise<void> {
    const exam = this.exams[n]!
    this.#wanted = []
    this.#outcomes = []
    this.delivered = null
    this.ground.wait(1_000)
    const act = ACTS[event.kind] as Act<TraceEvent>
    if (!(await act(this, exam, event))) return
    this.noteThat(`event ${event.kind}`)
    if (OWING.has(event.kind)) await this.#handOut(event, keeps)
    if (!CHANGING.has(event.kind)) return
    const isOfAll = OF_ALL.has(event.kind)
    // A difference stays, and a trace that fails is shrunk, so that not every event needs it.
    const isShown = isOfAll || this.#changes++ % SHOWN === 0
    for (const one of isOfAll ? this.exams : [exam]) await one.compare(isShown)
  }

  async #handOut(event: TraceEvent, keeps: boolean): Promise<void> {
    const owed = await this.ledger.run('takeHandouts', {
      target: this.target,
      lease: NODE,
      leaseMs: 600 * MINUTE_MS,
      limit: 1_000,
    })
    const messages = owed.map((one) => ({ id: one.id, text: textOf(one), owed: one }))
    const isOutcome = ({ owed: { kind } }: Message) => kind === 'outcome'
    const fresh = messages.filter(({ id }) => !this.#seen.has(id))
    for (const one of fresh) {
      assert.equal(one.owed.handed, 0, 'it is handed out for the first time')
      this.#seen.add(one.id)
    }
    const again = messages.filter((one) => !fresh.includes(one))
    if (again.length > 0) this.noteThat('handed out again')
    for (const { owed: one } of again) assert.ok(one.handed > 0, 'it says that it comes again')
    const shown = [...again, ...fresh.filter((one) => !isOutcome(one))].map(({ text }) => text)
    assert.deepEqual(shown, this.#wanted, 'what flows are handed')
    const sent: string[] = []
    for (const one of fresh.filter(isOutcome)) {
      const { message, state, code } = one.owed.content as MessageContent
      const topic = message.topic ?? ''
      if (topic.startsWith('s')) sent.push(`${topic} ${state}`)
      else this.#outcome(event, topic, state, code)
    }
    assert.deepEqual(sent.toSorted(), this.#outcomes.toSorted(), 'outcomes of critical values')
    if (keeps) this.kept.push(...messages)
    else await this.settle(messages)
  }

  async settle(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return
    const ids = messages.map(({ id }) => id)
    assert.equal(await this.ledger.run('settleHandout', { ids, lease: NODE }), ids.length)
  }

  /** The outcome of feedback that a flow has handed over. */
  #outcome({ kind }: TraceEvent, topic: string, state: string, code: string): void {
    const exam = this.exams.find(({ tellings }) => tellings.has(topic))
    assert.ok(exam, `an outcome of what was not accepted: ${topic}`)
    const telling = exam.tellings.get(topic)!
    this.noteThat(`outcome: ${state} ${state === 'cancelled' ? code : ''}`.trim())
    assert.ok(
      telling.state === 'open' || telling.state === 'dead',
      `${topic} had an outcome before: ${telling.state}, then ${state}`,
    )
    if (state === 'done') {
      assert.ok(this.delivered, `${topic} is delivered by a delivery`)
      assert.ok(
        covers(partsOf(feedbackIn(this.delivered)), telling),
        `${topic} is delivered with a document that says it`,
      )
      telling.state = 'done'
    } else if (state === 'dead' || state === 'held') {
      assert.ok(kind === 'conclude' || kind === 'expire', `${topic} died of ${kind}`)
      telling.state = 'dead'
      telling.isClosed = false
      exam.wereDead.add(telling)
    } else {
      assert.equal(state, 'cancelled')
      const isCorrected = telling.about.some((one) => one.since !== one.finding.since)
      const isCancelled = telling.about.some(({ finding }) => finding.isCancelled)
      if (code === 'FEEDBACK_REVISED') assert.ok(isCorrected || isCancelled, `${topic} holds`)
      else if (code === 'FEEDBACK_CANCELLED')
        assert.ok(isCancelled || isCorrected, `${topic} holds`)
      else assert.deepEqual([code, kind], ['CANCELLED', 'giveUp'])
      telling.state = 'ended'
    }
  }

  /** Whoever was asked decides, and peers take everything. */
  async #finish(exam: number): Promise<void> {
    const one = this.exams[exam]!
    if (one.handed.length === 0 && one.model.tellings.length === 0) return
    const happen = (event: TraceEvent) => this.#step({ exam, event, keeps: false })
    for (const peer of ['his', 'pacs'] as const) {
      while (one.inHand[peer].length > 0) {
        await happen({ kind: 'conclude', peer, which: 0, verdict: 'done', lost: false })
      }
    }
    if (one.model.isHeld) await happen({ kind: 'lift', wrong: null })
    for (const peer of ['his', 'pacs'] as const) {
      const takeAll = async () => {
        for (let n = 0; n < 60; n++) {
          await happen({ kind: 'claim', peer, short: false })
          if (one.inHand[peer].length === 0) return
          await happen({ kind: 'conclude', peer, which: 0, verdict: 'done', lost: false })
        }
        assert.fail('there is no end to what is sent')
      }
      if (peer === 'his' ? one.sent.values.length === 0 : one.tellings.size === 0) continue
      await happen({ kind: 'expire', peer, old: false })
      await takeAll()
      for (let n = 0; n < 20 && (await this.#dead(one.peer(peer))) > 0; n++) {
        await happen({ kind: 'replay', peer, which: null })
        await takeAll()
      }
    }
    await one.compare(true)
    await one.ended()
  }

  async #dead(peer: string): Promise<number> {
    return (await this.ledger.run('depth', { peer })).dead
  }

  itemOf({ crisis }: Content): CrisisToStore {
    const { system } = this.ground
    const { setAt, flags } = readCrisisQuality(crisis)
    const content = contentHash(system, crisis)
    return {
      crisis,
      extra: [],
      flags,
      key: alertKey(system, crisis),
      content,
      documentHash: content,
      examKey: feedbackKey(system, crisis),
      finding: findingKey(crisis),
      setAt: setAt.at,
    }
  }

  feedbackOf({ document }: Feedback): FeedbackToStore {
    const { stage, receivedAt, processedAt, flags } = readFeedbackStage(document)
    return {
      feedback: document,
      extra: [],
      flags,
      examKey: feedbackKey(this.ground.system, document),
      content: feedbackHash(document),
      stage,
      receiveAt: receivedAt.at,
      processAt: processedAt.at,
      application: 'HIS',
    }
  }
}

const crisisText = (kind: string, id: string, revision: number, wrong: boolean): string =>
  `crisis ${kind} ${id} ${revision}${wrong ? ' wrong patient' : ''}`

const feedbackText = (document: unknown): string => `feedback ${JSON.stringify(document)}`

function textOf({ kind, content }: Owed): string {
  const { id, kind: arrived, revision, wrongPatient, ...rest } = content as MessageContent
  if (kind === 'crisis') return crisisText(arrived, id, revision, wrongPatient)
  if (kind === 'feedback') return feedbackText(rest.feedback)
  return `outcome ${rest.message.topic} ${rest.state}`
}
