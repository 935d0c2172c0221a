import { isDeepStrictEqual } from 'node:util'
import type {
  Claimed,
  Concluded,
  Depth,
  Expired,
  Ledger,
  Old,
  WaitCode,
  Waits,
} from '../ledger/index.js'
import { asCrisisError, type Reason } from '../messages/index.js'
import type { Attempt } from './courier-attempt.js'
import type { CourierOptions, CourierState, Trouble } from './courier-options.js'
import type { Timers } from './courier-timers.js'
import { isWrongSetting, type Outcome } from './outcome.js'
import type { Judgement } from './policy.js'

/** Least interval between two counts of the outbox: a long queue takes a while to count. */
const COUNT_EVERY_MS = 1_000

/** Shows the state of a courier and tells each of its troubles once. */
export class Reporter {
  readonly #options: CourierOptions
  readonly #ledger: Ledger
  readonly #timers: Timers
  #state: CourierState = {
    counted: false,
    waiting: 0,
    oldestAt: null,
    failing: null,
    dead: 0,
    deadBy: [],
    waitsFor: null,
    probing: false,
    halted: false,
  }
  /** Codes of dead letters that every document would meet and that were told of already. */
  readonly #told = new Set<string>()
  #counted = false
  #countAgain = false

  constructor(options: CourierOptions, timers: Timers) {
    this.#options = options
    this.#ledger = options.ledger
    this.#timers = timers
  }

  get state(): CourierState {
    return this.#state
  }

  /** Counts anew, soon. */
  refresh(): void {
    if (this.#counted) {
      this.#countAgain = true
      return
    }
    this.#counted = true
    this.#timers.after(COUNT_EVERY_MS, () => {
      this.#counted = false
      if (!this.#countAgain) return
      this.#countAgain = false
      this.refresh()
    })
    void this.#count()
  }

  async #count(): Promise<void> {
    let depth: Depth
    try {
      depth = await this.#ledger.run('depth', { peer: this.#options.peer })
    } catch {
      // The next claim says that the ledger does not work.
      return
    }
    const { waiting, oldestAt, failing, dead, deadBy, parkedFor } = depth
    const waitsFor = GRAVEST_FIRST.find((code) => parkedFor[code] > 0) ?? null
    const counts = { waiting, oldestAt, failing, dead, deadBy, waitsFor }
    this.#change({ counted: true, ...counts })
  }

  probing(probing: boolean): void {
    this.#change({ probing })
  }

  ledgerFailed(error: unknown): void {
    if (this.#state.halted) return
    this.#change({ halted: true })
    const { code, reason } = asCrisisError(error)
    this.#tell({ kind: 'ledger', code, reason })
  }

  ledgerWorks(): void {
    this.#change({ halted: false })
  }

  tried({ operation }: Claimed, { outcome, record: { startedAt, endedAt } }: Attempt): void {
    this.#options.onAttempt?.({ operation, class: outcome.class, startedAt, endedAt })
  }

  concluded({ id }: Claimed, { outcome, action }: Judgement, { expired }: Concluded): void {
    this.#change({ last: outcome })
    this.refresh()
    if (action === 'done') this.#told.clear()
    if (action === 'held' || action === 'dead') this.#deadLetter(id, outcome)
    else if (expired) this.#deadLetter(id, { code: 'EXPIRED', reason: EXPIRED_REASON })
  }

  expired({ outbox, ending }: Expired): void {
    this.refresh()
    const reason = { zh: ending.reasonZh, en: ending.reasonEn }
    this.#deadLetter(outbox, { code: ending.code, reason })
  }

  #deadLetter(outbox: number, cause: Pick<Outcome, 'code' | 'reason'> & Partial<Outcome>): void {
    if (cause.class === 'unauthorized' || isWrongSetting(cause)) {
      if (this.#told.has(cause.code)) return
      this.#told.add(cause.code)
    }
    this.#tell({ kind: 'deadLetter', code: cause.code, reason: cause.reason, outbox })
  }

  old({ documents, outbox }: Old, ageMs: number): void {
    const minutes = Math.round(ageMs / 60_000)
    this.#tell({
      kind: 'old',
      code: 'DELIVERY_OLD',
      reason: {
        zh: `又有 ${documents} 条消息超过 ${minutes} 分钟仍未送达，仍在重试`,
        en: `${documents} more documents have not been delivered in ${minutes} minutes; they are still being tried`,
      },
      outbox,
    })
  }

  waits({ documents, outbox, codes, oldestMs }: Waits, ageMs: number): void {
    const minutes = Math.round(ageMs / 60_000)
    const oldest = Math.round(oldestMs / 60_000)
    const list = (language: keyof Reason, separator: string): string =>
      GRAVEST_FIRST.filter((code) => codes[code] !== undefined)
        .map((code) => WAITS[code][language].replace('#', String(codes[code])))
        .join(separator)
    this.#tell({
      kind: 'waits',
      code: 'FEEDBACK_WAITS',
      reason: {
        zh: `又有 ${documents} 条反馈等待超过 ${minutes} 分钟仍未发出，最早的已等待 ${oldest} 分钟：${list('zh', '，')}；可用“危急值查询”查看`,
        en: `${documents} more feedback documents have waited for over ${minutes} minutes and were not sent, the oldest for ${oldest}: ${list('en', ', ')}; crisis register shows them`,
      },
      outbox,
    })
  }

  peerFailing({ code, reason }: Outcome): void {
    this.#tell({
      kind: 'peerFailing',
      code,
      reason: {
        zh: `对方系统未能接收消息：${reason.zh}`,
        en: `The peer takes no documents: ${reason.en}`,
      },
    })
  }

  peerRecovered(): void {
    this.#tell({
      kind: 'peerRecovered',
      code: 'PEER_RECOVERED',
      reason: { zh: '对方系统已恢复', en: 'The peer takes documents again' },
    })
  }

  #change(change: Partial<CourierState>): void {
    const before = this.#state
    const next = { ...before, ...change }
    const keys = Object.keys(next) as (keyof CourierState)[]
    if (keys.every((key) => isDeepStrictEqual(next[key], before[key]))) return
    this.#state = next
    guarded(() => this.#options.onChange?.(next))
  }

  #tell(trouble: Omit<Trouble, 'peer'>): void {
    guarded(() => this.#options.onTrouble({ ...trouble, peer: this.#options.peer }))
  }
}

/** Whatever a listener does, the deliveries go on. */
function guarded(call: () => void): void {
  try {
    call()
  } catch {
    // Its own fault, and its own to report.
  }
}

/** Waits that people have to end stand first. */
const GRAVEST_FIRST = [
  'wrongPatient',
  'otherFinding',
  'process',
] as const satisfies readonly WaitCode[]

const WAITS: Readonly<Record<WaitCode, Reason>> = {
  wrongPatient: {
    zh: '# 条可能是错误的病人，须经两人核实并解除',
    en: '# until two people lift the hold of the exam (possibly the wrong patient)',
  },
  otherFinding: {
    zh: '# 条等待同一检查的另一危急值',
    en: '# for another finding of the exam',
  },
  process: { zh: '# 条等待处理结果', en: '# for the processing' },
}

const EXPIRED_REASON: Reason = {
  zh: '在有效期内未能送达，需人工处理',
  en: 'Not delivered in time; a person must decide',
}
