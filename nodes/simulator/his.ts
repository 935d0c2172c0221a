import type { Answer } from '../../src/http/hosting/index.js'
import {
  CrisisError,
  failure,
  readCrisisDocument,
  success,
  type Crisis,
  type CrisisFeedback,
} from '../../src/messages/index.js'
import {
  EXAM_PREFIX,
  isSimulated,
  OTHER_RECEIVER,
  processedAfter,
  receivedBy,
  RECEIVER,
} from './invented.js'
import { callPeer, feedbackText, type Part, type Stage } from './stage.js'

/** Critical values that are known again when they are sent again; the oldest is forgotten. */
const MOST_KNOWN = 1_000

export interface Delays {
  readonly receiveSeconds: number
  readonly processSeconds: number
}

/** A HIS: takes critical values, and sends the feedback on each after a while. */
export class His implements Part {
  readonly hosts = 'SynCrisisInfo'
  readonly #stage: Stage
  readonly #delays: Delays
  readonly #known = new Set<string>()

  constructor(stage: Stage, delays: Delays) {
    this.#stage = stage
    this.#delays = delays
  }

  answer(document: string): Answer {
    const { crises } = readCrisisDocument(document)
    // Feedback that is invented must close no critical value of a patient.
    if (!crises.every(({ crisis }) => isSimulated(crisis))) throw notSimulated()
    const { behaviour, tell, now } = this.#stage
    const answer = behaviour === 'refusing' ? failure('422', REFUSED) : success()
    for (const { crisis } of crises) {
      const at = now()
      tell({ operation: this.hosts, document: crisis, sentAt: at, endedAt: at, answer })
      if (TAKES_NOTHING.has(behaviour) || !this.#isNew(crisis)) continue
      if (this.#stage.calling.isPossible) this.#planFeedback(crisis)
    }
    return answer
  }

  /** Whoever got no answer sends again, and is told of a critical value once. */
  #isNew(crisis: Crisis): boolean {
    const content = JSON.stringify(crisis)
    if (this.#known.has(content)) return false
    const [oldest] = this.#known
    if (this.#known.size >= MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest)
    this.#known.add(content)
    return true
  }

  #planFeedback(crisis: Crisis): void {
    const { later, behaviour } = this.#stage
    const { receiveSeconds, processSeconds } = this.#delays
    later(async () => {
      const at = this.#stage.now()
      const received = receivedBy(crisis, RECEIVER, at)
      const processed = processedAfter(received, at)
      await this.#say(behaviour === 'late' ? processed : received)
      later(
        async () => {
          if (behaviour === 'late') await this.#say(received)
          else await this.#say(processedAfter(received, this.#stage.now()))
          if (behaviour !== 'contradictory') return
          await this.#say(receivedBy(crisis, OTHER_RECEIVER, this.#stage.now()))
        },
        Math.max(0, processSeconds - receiveSeconds),
      )
    }, receiveSeconds)
  }

  async #say(feedback: CrisisFeedback): Promise<void> {
    const text = feedbackText(this.#stage, feedback)
    await callPeer(this.#stage, 'SynCrisisResponseInfo', feedback, text)
  }
}

/** Behaviours by which nothing of a critical value was understood. */
const TAKES_NOTHING: ReadonlySet<string> = new Set(['refusing', 'fault', 'silent'])

const REFUSED = { zh: '模拟 HIS 按设置拒收', en: 'The simulated HIS refuses, as it was told to' }

const notSimulated = (): CrisisError =>
  new CrisisError(
    'SIMULATED_EXAM',
    {
      zh: `模拟 HIS 只接收检查号以 ${EXAM_PREFIX} 开头的模拟危急值`,
      en: `The simulated HIS takes none but critical values whose ExamNo begins with ${EXAM_PREFIX}`,
    },
    '422',
  )
