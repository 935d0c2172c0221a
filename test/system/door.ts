import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { crashFlows, CRISIS_PATH } from '../crash/flows.js'
import { pause } from '../crash/random.js'
import { readCrisisDocument } from '../../src/messages/index.js'
import { readCall } from '../../src/soap/index.js'
import { succeeding, TestPeer } from '../soap/remote-peer.js'
import { callWith, crisisXml, type Answer } from '../support/calls.js'
import { Comms } from '../support/comms.js'
import { freePort, startNodeRed, type RunningNodeRed } from '../support/node-red.js'

const LIMIT_MS = 40_000
/** How often a sender repeats that was not answered 0. */
const REPEAT_MS = 200

export interface DoorOptions {
  readonly userDir: string
  /** Settings of `crisis store`, and its password. */
  readonly store: Readonly<Record<string, string>>
  readonly credentials?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** The language of what it logs. Default is English. */
  readonly language?: 'zh-CN' | 'en-US'
  /** The exam before the first one. Default is 0. */
  readonly lastExam?: number
}

/**
 * A real Node-RED with `crisis in` and `crisis out` behind it, a sender before it and a receiver behind it. It need
 * not work.
 */
export class Door {
  /** The exams that were answered 0. */
  readonly accepted: string[] = []
  #exams: number

  private constructor(
    readonly running: RunningNodeRed,
    readonly comms: Comms,
    readonly peer: TestPeer,
    readonly url: string,
    lastExam: number,
  ) {
    this.#exams = lastExam
  }

  static async open(options: DoorOptions): Promise<Door> {
    const { userDir, store, credentials, env, language = 'en-US', lastExam = 0 } = options
    const peer = await TestPeer.open()
    peer.answer = succeeding
    const port = await freePort()
    const events = path.join(userDir, 'events.jsonl')
    writeFileSync(events, '')
    // How near the end of a disk may come is tested elsewhere: here it is the very end.
    const settings = { ...store, language, reserveMegabytes: '0' }
    const flows = crashFlows({
      store: settings,
      ...(credentials && { credentials }),
      port,
      peer: peer.origin,
      events,
    })
    const running = await startNodeRed({
      userDir,
      flows,
      ...(env && { env }),
    })
    const comms = await Comms.open(running.url)
    await comms.showsLike('in', /listening|store|refused/)
    return new Door(running, comms, peer, `http://127.0.0.1:${port}${CRISIS_PATH}`, lastExam)
  }

  /** What a sender is answered for the next exam. */
  async send(CrisisMemo = ''): Promise<Answer> {
    const exam = String(++this.#exams).padStart(8, '0')
    return this.#send(exam, CrisisMemo)
  }

  /** The next exam, again and again until it is answered 0. */
  async sendUntilAccepted(): Promise<void> {
    const exam = String(++this.#exams).padStart(8, '0')
    await until('a 0', async () => (await this.#send(exam, '')).code === '0', REPEAT_MS)
  }

  async #send(ExamNo: string, CrisisMemo: string): Promise<Answer> {
    const document = crisisXml({ ExamNo, ApplyNo: ExamNo, CrisisMemo })
    const answer = await callWith(this.url, 'SynCrisisInfo', document)
    if (answer.status === 200 && answer.code === '0') this.accepted.push(ExamNo)
    return answer
  }

  /** Resolves when the receiver behind it has each exam that was accepted, or is in `more`. */
  async untilDelivered(more: readonly string[] = []): Promise<void> {
    const wanted = [...more, ...this.accepted]
    await until('delivery', () => {
      const got = new Set(this.peer.posts.map(({ body }) => examIn(body)))
      return wanted.every((exam) => got.has(exam))
    })
  }

  /** Stops everything in order, and resolves with what Node-RED has printed. */
  async close(): Promise<string> {
    this.comms.close()
    await this.running.stop()
    await this.peer.close()
    return this.running.log()
  }
}

const examIn = (envelope: string): string =>
  readCrisisDocument(readCall(envelope).argument ?? '').crises[0]?.crisis.ExamNo ?? ''

/** Looks until it is so. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  everyMs = 50,
): Promise<void> {
  const end = Date.now() + LIMIT_MS
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await pause(everyMs)
  }
}
