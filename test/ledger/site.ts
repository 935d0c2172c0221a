import type { Engine, Row, SqlValue } from '../../src/store/index.js'
import {
  Ledger,
  type Actor,
  type Claimed,
  type CrisisToStore,
  type FeedbackToStore,
  type Origin,
  type NotTold,
  type Owed,
  type StoredCrisis,
  type StoredFeedback,
  type TakenOver,
  type Verdict,
  type WaitCode,
} from '../../src/ledger/index.js'
import {
  alertKey,
  contentHash,
  feedbackHash,
  feedbackKey,
  findingKey,
  readCrisisQuality,
  readFeedbackStage,
} from '../../src/loop/index.js'
import type { Crisis, CrisisFeedback, XmlElement } from '../../src/messages/index.js'

export const CRISIS: Crisis = {
  ExamNo: '00000001',
  ApplyNo: '00000001',
  SickNo: 'C0001',
  OrderNo: '123415',
  CrisisType: '',
  CrisisCode: '1',
  CrisisName: '胎盘早剥',
  CrisisMemo: '加急处理。',
  CrisisSettor: { code: '040001', name: '诊断员' },
  CrisisSetDate: '2014-06-16',
  CrisisSetTime: '16:33:27',
}

export const RECEIVED: CrisisFeedback = {
  ExamNo: '00000001',
  ApplyNo: '00000001',
  CrisisReceiver: { code: '040002', name: '管理员' },
  CrisisReceiveDate: '2014-06-16',
  CrisisReceiveTime: '16:43:27',
}

/** Only the process part. */
export const PROCESS: CrisisFeedback = {
  ExamNo: '00000001',
  ApplyNo: '00000001',
  ProcessStaff: { code: '040003', name: '处理员' },
  ProcessDate: '2014-06-16',
  ProcessTime: '16:53:27',
  ProcessResult: '已处理',
}

export const PROCESSED: CrisisFeedback = { ...RECEIVED, ...PROCESS }

/** The same, said in the next minutes: after whatever the ledger has stored by now. */
export function later(feedback: CrisisFeedback): CrisisFeedback {
  const [date = '', time = ''] = new Date(Date.now() + 8 * 3_600_000 + 60_000)
    .toISOString()
    .split(/[T.]/)
  return {
    ...feedback,
    ...(feedback.CrisisReceiver && { CrisisReceiveDate: date, CrisisReceiveTime: time }),
    ...(feedback.ProcessStaff && { ProcessDate: date, ProcessTime: time }),
  }
}

/** What the flow gets of a critical value. */
export interface CrisisOwed extends Omit<Owed, 'content'> {
  readonly content: {
    readonly crisis: Crisis
    readonly id: string
    readonly kind: StoredCrisis['kind']
    readonly revision: number
    readonly wrongPatient: boolean
    readonly flags: readonly string[]
  }
}

export interface TellOptions {
  readonly about?: Crisis
  readonly revision?: number
  readonly perAlert?: boolean
  readonly combinedOnly?: boolean
  readonly peer?: string
  /** Seconds that are added to the times of the document. */
  readonly offset?: number
  /** The flow was handed its message again. */
  readonly again?: boolean
  /** The message that it was given. */
  readonly taken?: TakenOver
  /** What tells its outcome from that of others. */
  readonly message?: string
}

/** A PACS with its own numbers in a ledger: what one test does, another does not see. */
export class Site {
  readonly ledger: Ledger
  readonly actor: Actor
  readonly origin: Origin
  readonly target: string

  constructor(
    readonly engine: Engine,
    readonly system: string,
    /** Several instances must not write into one chain. */
    chain = system,
  ) {
    this.ledger = new Ledger(engine)
    this.actor = { chain, actor: `test/${chain}` }
    this.target = `node of ${system}`
    this.origin = {
      service: 'service',
      system,
      remoteAddress: '127.0.0.1',
      raw: Buffer.from('<raw/>'),
      charset: 'utf-8',
    }
  }

  crisisOf(changes: Partial<Crisis> = {}, extra: readonly XmlElement[] = []): CrisisToStore {
    const crisis = { ...CRISIS, ...changes }
    const { setAt, flags } = readCrisisQuality(crisis)
    return {
      crisis,
      extra,
      flags,
      key: alertKey(this.system, crisis),
      content: contentHash(this.system, crisis, extra),
      documentHash: contentHash(this.system, crisis),
      examKey: feedbackKey(this.system, crisis),
      finding: findingKey(crisis),
      setAt: setAt.at,
    }
  }

  feedbackOf(feedback: CrisisFeedback): FeedbackToStore {
    const { stage, receivedAt, processedAt, flags } = readFeedbackStage(feedback)
    return {
      feedback,
      extra: [],
      flags,
      examKey: feedbackKey(this.system, feedback),
      content: feedbackHash(feedback),
      stage,
      receiveAt: receivedAt.at,
      processAt: processedAt.at,
      application: 'HIS',
    }
  }

  /** A call with one critical value. */
  async send(
    changes: Partial<Crisis> = {},
    options: { emitResends?: boolean; leaseMs?: number } = {},
  ): Promise<StoredCrisis> {
    const [stored] = await this.sendAll([changes], options)
    return stored!
  }

  sendAll(
    all: readonly Partial<Crisis>[],
    { emitResends = false, leaseMs }: { emitResends?: boolean; leaseMs?: number } = {},
  ): Promise<readonly StoredCrisis[]> {
    return this.ledger.run('storeCrises', {
      actor: this.actor,
      origin: this.origin,
      crises: all.map((changes) => this.crisisOf(changes)),
      emitResends,
      target: this.target,
      ...(leaseMs !== undefined && { lease: { lease: 'first/1', leaseMs } }),
    })
  }

  async feedBack(feedback: CrisisFeedback): Promise<StoredFeedback> {
    const [stored] = await this.ledger.run('storeFeedbacks', {
      actor: this.actor,
      origin: this.origin,
      feedbacks: [this.feedbackOf(feedback)],
      target: this.target,
    })
    return stored!
  }

  /** Feedback that a flow hands over for the PACS; what the ledger says is to be sent, and the row of it. */
  async tell(
    feedback: CrisisFeedback,
    {
      about,
      revision,
      perAlert = false,
      combinedOnly = false,
      peer,
      message,
      again = false,
      offset,
      taken = {},
    }: TellOptions = {},
  ): Promise<{
    because: NotTold | WaitCode | null
    outbox: number | null
    document: string
    alert: number | null
    known: boolean
  }> {
    const { stage, receiveAt, processAt, examKey } = this.feedbackOf(feedback)
    if (stage === 'none') throw new TypeError('this tells nothing')
    const sent = await this.ledger.run('sendFeedback', {
      ...taken,
      tell: {
        actor: this.actor,
        system: this.system,
        examKey,
        key: about ? alertKey(this.system, about) : '',
        ...(revision !== undefined && { revision }),
        feedback,
        stage,
        receiveAt,
        processAt,
      },
      item: {
        peer: peer ?? `peer of ${this.system}`,
        operation: 'SynCrisisResponseInfo',
        lane: examKey,
        node: this.target,
        message: JSON.stringify({ topic: message }),
        expiresAfterMs: null,
      },
      application: 'HIS',
      extra: [],
      redelivered: again,
      omitEmpty: true,
      omitEmptyProcess: false,
      perAlert,
      combinedOnly,
      ...(offset !== undefined && { clockOffset: { seconds: offset, zone: '+08:00' } }),
    })
    const [row] = await this.rows(
      "select document from outbox where id = $1 and state = 'ready'",
      sent.outbox,
    )
    const { outbox, alert, refused, parked, known } = sent
    const document = (row?.['document'] ?? '') as string
    return { outbox, alert, because: refused ?? parked, document, known }
  }

  /**
   * What has become of each feedback that was told, in the order in which they were: the state of its document and why
   * that may not be sent, `merged` when a later one stands in the same document, or what it waits for.
   */
  async told(): Promise<readonly string[]> {
    const rows = await this.rows(
      `select r.outbox, r.waits, r.ended_at, o.state, o.blocked from report r left join outbox o on o.id = r.outbox
       where r.node = $1 order by r.id`,
      this.target,
    )
    return rows.map(({ outbox, waits, ended_at: endedAt, state, blocked }, n) => {
      if (outbox === null) return endedAt === null ? `parked ${String(waits)}` : 'cancelled'
      if (rows.slice(n + 1).some((later) => later['outbox'] === outbox)) return 'merged'
      if (blocked === null) return String(state)
      return [state === 'ready' ? 'parked' : state, blocked].join(' ')
    })
  }

  /** Who decides, and what for, in a test. */
  decision(about: Partial<Crisis> = {}) {
    return {
      actor: this.actor,
      which: { id: alertKey(this.system, { ...CRISIS, ...about }) },
      by: '张三',
      second: '李四',
      reason: '已核对腕带',
    }
  }

  lift(wrong: Partial<Crisis> | null = null) {
    const key = wrong && alertKey(this.system, { ...CRISIS, ...wrong })
    return this.ledger.run('liftHold', { ...this.decision(), wrong: key })
  }

  cancelAlert(about: Partial<Crisis> = {}) {
    return this.ledger.run('cancelAlert', this.decision(about))
  }

  /** The peer takes the document that is next, or does with it what is said. */
  async deliver(verdict: Verdict = { state: 'done' }): Promise<void> {
    await this.conclude(await this.claim(), verdict)
  }

  async claim(): Promise<Claimed> {
    const lease = 'courier'
    const peer = `peer of ${this.system}`
    const { documents } = await this.ledger.run('claim', {
      actor: this.actor,
      peer,
      lease,
      leaseMs: 60_000,
      limit: 1,
      parallel: 1,
      perMinute: 0,
    })
    const [one] = documents
    if (!one) throw new TypeError('nothing is to be delivered')
    return one
  }

  async conclude({ id, lease }: Pick<Claimed, 'id' | 'lease'>, verdict: Verdict): Promise<void> {
    const bytes = Buffer.alloc(0)
    await this.ledger.run('conclude', {
      actor: this.actor,
      id,
      lease,
      attempt: {
        startedAt: 1,
        endedAt: 2,
        class: verdict.state === 'done' ? 'delivered' : 'unreachable',
        code: verdict.state === 'done' ? 'DELIVERED' : 'PEER_DEADLINE',
        reasonZh: '',
        reasonEn: '',
        reply: null,
        request: bytes,
        response: bytes,
      },
      verdict,
    })
  }

  /** Outcomes that are owed to the flow, each with the message that it is of. */
  async outcomes(): Promise<readonly string[]> {
    const owed = await this.emitted()
    return owed
      .filter(({ kind }) => kind === 'outcome')
      .map(({ content }) => {
        const { message, state, code } = content as unknown as {
          message: { topic?: string }
          state: string
          code: string
        }
        return `${message.topic} ${state} ${code}`
      })
  }

  /** Everything that is owed to the flow, taken and settled. */
  async emitted(): Promise<readonly CrisisOwed[]> {
    const lease = 'emitted'
    const owed = await this.ledger.run('takeHandouts', {
      target: this.target,
      lease,
      leaseMs: 60_000,
      limit: 1_000,
    })
    await this.ledger.run('settleHandout', { ids: owed.map(({ id }) => id), lease })
    return owed as readonly CrisisOwed[]
  }

  rows(sql: string, ...params: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.engine.run('statement', { sql, params }) as Promise<readonly Row[]>
  }

  alerts(): Promise<readonly Row[]> {
    return this.rows('select * from alert where system = $1 order by id', this.system)
  }

  /** `stage` of each alert, in the order in which they came. */
  async stages(): Promise<readonly unknown[]> {
    return (await this.alerts()).map((row) => row['stage'])
  }

  /** Who is noted with which stage of an alert, without the stages that nobody said. */
  async said(alert: number): Promise<readonly string[]> {
    const rows = await this.rows(
      "select stage, code from stage where alert = $1 and code <> '' order by id",
      alert,
    )
    return rows.map((row) => [row['stage'], row['code']].join(' '))
  }

  /** What the audit says of this site. */
  async audited(): Promise<readonly unknown[]> {
    const rows = await this.rows(
      'select kind from audit where chain = $1 order by seq',
      this.system,
    )
    return rows.map((row) => row['kind'])
  }
}
