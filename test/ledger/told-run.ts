import assert from 'node:assert/strict'
import { readFeedbackDocument, type Crisis, type CrisisFeedback } from '../../src/messages/index.js'
import type { Claimed, Pruned, Verdict } from '../../src/ledger/index.js'
import type { Row } from '../../src/store/index.js'
import { MemoryEngine } from '../support/memory-engine.js'
import { below, type Random } from './orders.js'
import type { Site } from './site.js'
import type { Telling, ToldEvent, ToldTrace } from './told-trace.js'

const RECEIVED = ['CrisisReceiver', 'CrisisReceiveDate', 'CrisisReceiveTime'] as const
const PROCESSED = ['ProcessStaff', 'ProcessDate', 'ProcessTime', 'ProcessResult'] as const
/** More often than not the peer takes it. */
const VERDICTS: readonly Verdict[] = [
  { state: 'ready', delayMs: -1 },
  { state: 'dead' },
  { state: 'held' },
  { state: 'done' },
  { state: 'done' },
]

const YEAR_MS = 365 * 86_400_000

/** A part of a feedback as text; '' when it says nothing of it. */
export const partOf = (feedback: CrisisFeedback, part: 'received' | 'processed'): string => {
  const names = part === 'received' ? RECEIVED : PROCESSED
  const values = names.map((name) => feedback[name])
  return values.some(isFilled) ? JSON.stringify(values) : ''
}

const isFilled = (value: CrisisFeedback[keyof CrisisFeedback]): boolean =>
  typeof value === 'string' ? value !== '' : value !== undefined && value.code + value.name !== ''

interface Delivered {
  readonly feedback: CrisisFeedback
  /** How much had happened to the findings when it was written. */
  readonly epoch: number
}

/**
 * One exam, whose events it brings to a ledger while a peer takes what there is, or does not. After each event it
 * looks at what was written to be sent.
 */
export class ToldRun {
  readonly delivered: Delivered[] = []
  /** What was taken of the feedback of flows: the id of its event, and its number in the outbox. */
  readonly taken = new Map<string, number>()
  readonly #written = new Map<number, { readonly document: string; readonly epoch: number }>()
  readonly #claimed: Claimed[] = []
  readonly #parts: ReadonlySet<string>
  #epoch = 0

  constructor(
    readonly site: Site,
    readonly trace: ToldTrace,
    readonly random: Random,
  ) {
    const told = trace.events.filter((event) => event.kind === 'tell')
    this.#parts = new Set([
      '',
      ...told.flatMap(({ feedback }) => [
        partOf(feedback, 'received'),
        partOf(feedback, 'processed'),
      ]),
    ])
  }

  get peer(): string {
    return `${this.site.system} ${this.trace.exam}`
  }

  async play(events: readonly ToldEvent[]): Promise<void> {
    for (const event of events) {
      await this.#happen(event)
      await this.#look()
      while (below(this.random, 3) === 0) {
        await this.#courier()
        await this.#look()
      }
    }
  }

  /** Whether a person has given up something that was not delivered. */
  isGivenUp = false

  /** Whoever was asked has decided, and the peer takes everything. */
  async finish(): Promise<void> {
    for (const one of this.#claimed.splice(0)) await this.#conclude(one, { state: 'done' })
    const { ledger, actor } = this.site
    // Ends leases that ran out, then what was taken back while it was on the wire.
    const first = await this.#claim(60_000)
    if (first) await this.#conclude(first, { state: 'done' })
    await ledger.run('expireDocuments', { actor, peer: this.peer, expiresAfterMs: null })
    await this.#happen({ kind: 'lift', id: 'end', after: null })
    await this.#look()
    await this.#takeAll()
    for (let dead = await this.#replayAll(); dead > 0; dead = await this.#replayAll()) {
      await this.#look()
      await this.#takeAll()
    }
  }

  async #takeAll(): Promise<void> {
    for (let one = await this.#claim(60_000); one; one = await this.#claim(60_000)) {
      await this.#conclude(one, { state: 'done' })
      await this.#look()
    }
  }

  /** Returns how many dead letters there were. */
  async #replayAll(): Promise<number> {
    const { ledger, actor } = this.site
    const all = { actor, id: null, peer: this.peer, document: null } as const
    const { documents, overtaken } = await ledger.run('replay', all)
    return documents.length + overtaken.length
  }

  /** Retention has run out for everything that may be removed. */
  async prune(alerts: boolean): Promise<void> {
    const { ledger, actor, engine } = this.site
    if (engine instanceof MemoryEngine) engine.clock.now++
    const retention = { rawMs: 0, alertMs: alerts ? 0 : YEAR_MS }
    for (let left = 1; left > 0;) {
      left = 0
      let after: Pruned['next'] | undefined
      while (after !== null) {
        const pruned: Pruned = await ledger.run('prune', { actor, retention, after })
        left += pruned.raw + pruned.deliveries + pruned.alerts
        after = pruned.next
      }
    }
  }

  async #giveUp(): Promise<void> {
    const { ledger, actor } = this.site
    const [row] = await this.site.rows(
      `select id from outbox where peer = $1 and state in ('ready', 'held', 'dead')
       union all select id from report where peer = $1 and outbox is null and waits is not null order by id`,
      this.peer,
    )
    if (!row) return
    const isDone = await ledger.run('cancel', { actor, id: Number(row['id']), reason: '' })
    this.isGivenUp ||= isDone
  }

  async #happen(event: ToldEvent): Promise<void> {
    const { site } = this
    switch (event.kind) {
      case 'crisis':
        await site.send(event.crisis)
        this.#epoch++
        break
      case 'cancel':
        await site.cancelAlert(this.#crisisOf(event.finding))
        this.#epoch++
        break
      case 'lift': {
        const { ledger } = site
        const which = { id: site.crisisOf(this.#crisisOf(0)).key }
        await ledger.run('liftHold', { ...site.decision(), which, wrong: null })
        this.#epoch++
        break
      }
      case 'heard':
        await site.feedBack(event.feedback)
        break
      case 'replay':
        await this.#replayAll()
        break
      case 'giveUp':
        await this.#giveUp()
        break
      case 'prune':
        await this.prune(false)
        break
      case 'redeploy':
        for (const one of this.#claimed.splice(0)) await site.ledger.run('release', one)
        break
      case 'tell':
        await this.#tell(event, event.id)
    }
  }

  /** The first content of a finding, by which its alert is named. */
  #crisisOf(finding: number): Crisis {
    for (const event of this.trace.events) {
      if (event.kind === 'crisis' && event.finding === finding) return event.crisis
    }
    throw new TypeError('each finding has a content')
  }

  async #tell(event: Telling, id: string): Promise<void> {
    const { mode } = this.trace
    const before = event.again ? await this.#standing(id.replace(/ again$/, '')) : null
    const { because, outbox, known } = await this.site.tell(event.feedback, {
      about: this.#crisisOf(event.finding),
      revision: event.revision,
      perAlert: mode === 'perAlert',
      combinedOnly: mode === 'combinedOnly',
      peer: this.peer,
      message: `${this.trace.exam} ${id}`,
      again: event.again,
    })
    assert.equal(known ? outbox : null, before, `${id} is sent once`)
    if (outbox === null) assert.match(String(because), /^(?:revised|cancelled)$/)
    else if (!known) this.taken.set(id, outbox)
  }

  /** The number by which a person names what was taken, unless it has ended with a person. */
  async #standing(id: string): Promise<number | null> {
    const rows = await this.site.rows(
      `select coalesce(r.outbox, r.id) as id, r.message from report r left join outbox o on o.id = r.outbox
       where r.peer = $1 and r.node <> ''
         and (o.state in ('ready', 'leased', 'done') or (o.id is null and r.ended_at is null)) order by r.id`,
      this.peer,
    )
    const message = JSON.stringify({ topic: `${this.trace.exam} ${id}` })
    const found = rows.find((row) => row['message'] === message)
    return found ? Number(found['id']) : null
  }

  /** The peer, or what stands between it and us. */
  async #courier(): Promise<void> {
    const step = below(this.random, 10)
    if (step === 0) await this.#claim(-1)
    else if (step < 4) {
      const one = await this.#claim(60_000)
      if (one) this.#claimed.push(one)
    } else {
      const [one] = this.#claimed.splice(below(this.random, this.#claimed.length), 1)
      if (!one) return
      if (step === 4) await this.site.ledger.run('release', one)
      else await this.#conclude(one, VERDICTS[step - 5]!)
    }
  }

  async #claim(leaseMs: number): Promise<Claimed | undefined> {
    const { ledger, actor } = this.site
    const lease = `courier ${this.random()}`
    const limits = { limit: 1, parallel: 100, perMinute: 0 }
    const claims = await ledger.run('claim', { actor, peer: this.peer, lease, leaseMs, ...limits })
    return claims.documents[0]
  }

  async #conclude(one: Claimed, verdict: Verdict): Promise<void> {
    const written = this.#written.get(one.id)
    assert.ok(written, 'what is sent was seen when it was written')
    assert.equal(one.document, written.document, 'what was tried is not written anew')
    await this.site.conclude(one, verdict)
    if (verdict.state !== 'done') return
    this.delivered.push({
      feedback: readFeedbackDocument(one.document).feedbacks[0]!.feedback,
      epoch: written.epoch,
    })
  }

  /** What was written for the peer by the last event says no more than it may. */
  async #look(): Promise<void> {
    const rows = await this.site.rows(
      `select id, document from outbox where peer = $1 and state = 'ready' order by id`,
      this.peer,
    )
    for (const row of rows) {
      const id = Number(row['id'])
      const document = String(row['document'])
      if (this.#written.get(id)?.document === document) continue
      this.#written.set(id, { document, epoch: this.#epoch })
      await this.#check(readFeedbackDocument(document).feedbacks[0]!.feedback, row)
    }
  }

  async #check(feedback: CrisisFeedback, row: Row): Promise<void> {
    const [received, processed] = [partOf(feedback, 'received'), partOf(feedback, 'processed')]
    for (const part of [received, processed]) assert.ok(this.#parts.has(part), 'parts are whole')
    assert.notEqual(received + processed, '', 'it says something')
    const alerts = (await this.alerts()).filter(({ stage }) => stage !== 'cancelled')
    assert.ok(
      alerts.every(({ hold }) => hold === null),
      `${String(row['id'])} is written while people have to decide`,
    )
    const { mode } = this.trace
    if (mode === 'combinedOnly') assert.notEqual(processed, '', 'nothing goes before processing')
    if (mode === 'perAlert') return
    const level = Math.min(...alerts.map(({ stage }) => levelOf(stage)))
    const says = processed !== '' ? 2 : 1
    assert.ok(level >= says, `it says ${says} of findings that have come to ${level}`)
  }

  /** Of this exam, in the order of the findings. */
  async alerts(): Promise<readonly { id: number; code: string; stage: string; hold: unknown }[]> {
    const rows = await this.site.rows(
      `select a.id, a.stage, a.hold, r.document from alert a join revision r on r.alert = a.id and r.n = a.revision
       where a.system = $1 and a.exam_no = $2`,
      this.site.system,
      this.trace.exam,
    )
    return rows
      .map((row) => ({
        id: Number(row['id']),
        code: (JSON.parse(String(row['document'])) as Crisis).CrisisCode ?? '',
        stage: String(row['stage']),
        hold: row['hold'],
      }))
      .toSorted((a, b) => a.code.localeCompare(b.code))
  }
}

/** 0 nobody has it, 1 received, 2 processed. */
export const levelOf = (stage: string): number =>
  stage === 'received' ? 1 : stage === 'processed' || stage === 'fedBack' ? 2 : 0
