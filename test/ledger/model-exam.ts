import assert from 'node:assert/strict'
import { alertKey } from '../../src/loop/index.js'
import { readFeedbackDocument, type CrisisFeedback } from '../../src/messages/index.js'
import type { Claimed, Ledger } from '../../src/ledger/index.js'
import {
  levelOf,
  partText,
  type Finding,
  type MaySay,
  type Mode,
  type Telling,
  type Word,
} from './model-finding.js'
import { ModelExam } from './model.js'
import { ModelSent } from './model-sent.js'
import type { Peer } from './model-trace.js'

/** A critical value as its flow was handed it. */
export interface Handed {
  readonly finding: Finding
  readonly content: number
}

export interface InHand extends Claimed {
  /** Its lease is over as soon as somebody looks. */
  readonly isShort: boolean
  /** Another has it now, or nobody. */
  isStale: boolean
}

interface Said {
  readonly feedback: CrisisFeedback
  readonly epoch: number
}

const STAGES = ['received', 'processed'] as const

/** One exam of a trace, on both sides: the model, and what the ledger shows of it. */
export class TracedExam {
  readonly model: ModelExam
  readonly sent = new ModelSent()
  readonly handed: Handed[] = []
  readonly inHand: Record<Peer, InHand[]> = { his: [], pacs: [] }
  readonly tellings = new Map<string, Telling>()
  /** What the PACS has taken. */
  readonly delivered: Said[] = []
  /** A person has given feedback up, which may have been anything. */
  isGivenUp = false
  /** What was delivered may not be known any more. */
  isPruned = false
  readonly wereDead = new Set<Telling>()
  readonly #written = new Map<number, string>()
  readonly #reported = new Map<Finding, number>()

  constructor(
    readonly ledger: Ledger,
    readonly system: string,
    readonly examNo: string,
    mode: Mode,
  ) {
    this.model = new ModelExam(mode)
  }

  peer(which: Peer): string {
    return `${which} of ${this.system} ${this.examNo}`
  }

  /** The id by which people and flows name a finding. */
  idOf({ contents }: Finding): string {
    return alertKey(this.system, contents[0]!.crisis)
  }

  /** The finding that a flow names, by any of its contents. */
  named(key: string): Finding | undefined {
    return this.model.findings.find(({ contents }) =>
      contents.some(({ crisis }) => alertKey(this.system, crisis) === key),
    )
  }

  /** A document that an instance takes for the PACS says no more than it may. */
  take(one: Claimed): void {
    const { model } = this
    const before = this.#written.get(one.id)
    const feedback = feedbackIn(one)
    const parts = partsOf(feedback)
    assert.ok(!model.isHeld, 'nothing is sent while it is not known who the patient is')
    assert.notEqual(parts.received + parts.processed, '', 'it says something')
    const isVoid = STAGES.map((stage) => parts[stage]).filter((text) => text !== '')
    assert.ok(
      !isVoid.every((text) => model.isVoid(text)),
      'nothing is sent of what was cancelled, or of another patient',
    )
    this.#written.set(one.id, one.document)
    if (before !== undefined) {
      assert.equal(one.document, before, 'what was tried is sent again with the same bytes')
      return
    }
    const isSayable = (may: MaySay) =>
      STAGES.every((stage) => parts[stage] === '' || may[stage].has(parts[stage]))
    assert.ok(
      model.mightSay.some(isSayable),
      `it says no more than the exam has come to, in words that a flow has said of it: ${JSON.stringify(parts)}`,
    )
    if (model.mode === 'combinedOnly') assert.notEqual(parts.processed, '', 'combined only')
    if (model.mode !== 'perAlert') this.#takesNothingBack(parts)
  }

  /** The PACS keeps what it is told last: no "received" after "processed". */
  #takesNothingBack(parts: Readonly<Record<Word['stage'], string>>): void {
    const before = this.delivered.at(-1)
    if (!before) return
    const may = this.model.maySay()
    for (const stage of STAGES) {
      const text = partText(before.feedback, stage)
      const telling = this.model.tellings.find((one) => one.parts[stage] === text)
      if (text === '' || parts[stage] !== '') continue
      const holds = telling?.epoch === this.model.epoch && may[stage].has(text)
      assert.ok(!holds, `"${stage}" is taken back`)
    }
  }

  /** A person has decided on what is dead. */
  closeDead(): void {
    for (const telling of this.model.tellings) telling.isClosed = true
  }

  deliver(one: Claimed): void {
    const feedback = feedbackIn(one)
    this.delivered.push({ feedback, epoch: this.model.epoch })
    const parts = partsOf(feedback)
    for (const finding of this.model.live) {
      if (parts.processed !== '' && levelOf(finding) === 2) finding.isReported = true
    }
    // What was dead has been said all the same.
    for (const telling of this.model.tellings) if (covers(parts, telling)) telling.isClosed = true
  }

  /**
   * The exam is what the model has.
   * @param all also what the register shows of it, which costs the most
   */
  async compare(all: boolean): Promise<void> {
    const { model } = this
    if (all && this.handed.length > 0) await this.#compareFindings()
    if (this.sent.values.length > 0) await this.#compareSent()
    if (model.tellings.length > 0) await this.#nothingIsLost()
  }

  async #compareFindings(): Promise<void> {
    const { model, ledger, examNo } = this
    const traces = await ledger.run('trace', { ExamNo: examNo })
    const shown = traces.map(({ summary, stages, revisions }) => {
      const start = stages.findLastIndex(({ stage }) => stage === 'stored')
      return {
        id: summary.id,
        stage: summary.stage === 'fedBack' ? 'processed' : summary.stage,
        content: summary.revision - 1,
        contents: revisions.length,
        patient: summary.SickNo,
        isHeld: summary.hold !== null,
        said: stages
          .slice(start)
          .filter(({ code }) => code !== '')
          .map(({ stage, code, saidAt: at }) => wordText(stage, code, Date.parse(String(at))))
          .toSorted(),
      }
    })
    const wanted = model.findings.map((finding) => ({
      id: this.idOf(finding),
      stage: stageOf(finding),
      content: finding.current,
      contents: finding.contents.length,
      patient: finding.patient,
      isHeld: finding.isHeld,
      said: finding.said.map(({ stage, who, at }) => wordText(stage, who.code, at)).toSorted(),
    }))
    assert.deepEqual(shown, wanted, 'what the exam is')
    for (const [n, { summary }] of traces.entries()) this.#seeFedBack(model.findings[n]!, summary)
  }

  #seeFedBack(finding: Finding, { stage }: { readonly stage: string }): void {
    if (stage === 'fedBack') {
      assert.ok(finding.isReported, 'the loop is closed by a document only that says so')
      this.#reported.set(finding, finding.since)
    } else if (this.#reported.get(finding) === finding.since && !finding.isCancelled) {
      assert.fail('a loop that was closed is open again')
    }
  }

  async #compareSent(): Promise<void> {
    const his = await this.ledger.run('depth', { peer: this.peer('his') })
    const values = this.sent.values
    const count = (...states: string[]) => values.filter((one) => states.includes(one.state)).length
    assert.deepEqual(
      { waiting: his.waiting, dead: his.dead, parked: his.parked },
      {
        waiting: count('ready', 'leased', 'returned'),
        dead: count('dead', 'held'),
        parked: 0,
      },
      'critical values on their way to the peer',
    )
  }

  /** Whatever was accepted is delivered, or on its way, or shown to a person. */
  async #nothingIsLost(): Promise<void> {
    const { model, ledger } = this
    const pacs = await ledger.run('depth', { peer: this.peer('pacs') })
    if (model.tellings.some(({ state }) => state === 'open')) {
      assert.ok(pacs.waiting + pacs.parked > 0, 'feedback that was accepted has vanished')
    }
    const mustBeShown = ({ state, isClosed, epoch }: Telling) =>
      state === 'dead' && !isClosed && epoch === model.epoch
    if (model.tellings.some(mustBeShown)) {
      assert.ok(pacs.dead > 0, 'a dead letter is not shown')
    }
  }

  /** At the end, when everything was lifted, sent again and taken. */
  async ended(): Promise<void> {
    const { model } = this
    const pacs = await this.ledger.run('depth', { peer: this.peer('pacs') })
    assert.equal(pacs.waiting + pacs.dead, 0, 'nothing is left for the peer')
    for (const telling of model.tellings) {
      if (telling.state !== 'open' || this.isGivenUp) continue
      assert.ok(model.mustWait(telling), `${telling.id} waits for nothing`)
    }
    if (this.isGivenUp) return
    if (model.mode === 'perAlert') return this.#eachIsSaid()
    const may = model.maySay({ ofUnknown: false })
    if (model.mode === 'combinedOnly' && may.processed.size === 0) return
    const last = this.delivered.at(-1)
    for (const stage of STAGES) {
      if (may[stage].size === 0) continue
      const text = last ? partText(last.feedback, stage) : ''
      assert.notEqual(text, '', `"${stage}" stands in what the PACS was told last`)
    }
    if (may.processed.size === 0) return
    for (const finding of model.live) {
      const isTold = finding.told.some(({ parts }) => parts.processed !== '')
      assert.ok(!isTold || this.#reported.has(finding), 'the loop is closed')
    }
  }

  #eachIsSaid(): void {
    for (const finding of this.model.live) {
      for (const stage of STAGES) {
        const own = finding.told.filter(({ parts }) => parts[stage] !== '')
        // What was said of several at once is told in the words that were said last of one of them.
        const together = own.flatMap(({ about }) => about.map((one) => one.finding))
        const wanted = [finding, ...together].flatMap(({ told }) =>
          told.map(({ parts }) => parts[stage]).filter((text) => text !== ''),
        )
        const isSaid = this.delivered.some(({ feedback }) =>
          wanted.includes(partText(feedback, stage)),
        )
        assert.ok(own.length === 0 || isSaid, `"${stage}" of each finding is told`)
      }
    }
  }
}

/** Says all the stages of a telling, in somebody's words. */
export const covers = (parts: Telling['parts'], telling: Telling): boolean =>
  STAGES.every((stage) => telling.parts[stage] === '' || parts[stage] !== '')

export const partsOf = (feedback: CrisisFeedback): Telling['parts'] => ({
  received: partText(feedback, 'received'),
  processed: partText(feedback, 'processed'),
})

export const feedbackIn = ({ document }: Pick<Claimed, 'document'>): CrisisFeedback =>
  readFeedbackDocument(document).feedbacks[0]!.feedback

const wordText = (stage: unknown, code: unknown, at: number): string =>
  `${String(stage)} ${String(code)} ${at}`

function stageOf(finding: Finding): string {
  if (finding.isCancelled) return 'cancelled'
  const level = levelOf(finding)
  if (level > 0) return level === 2 ? 'processed' : 'received'
  return finding.isNotified ? 'notified' : 'stored'
}
