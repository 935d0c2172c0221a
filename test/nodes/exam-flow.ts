import assert from 'node:assert/strict'
import type { FlowMessage } from '../../nodes/face/message.js'
import {
  readFeedbackDocument,
  splitInstant,
  type CrisisFeedback,
} from '../../src/messages/index.js'
import { readCall } from '../../src/soap/index.js'
import { body, succeeding, TestPeer, type Answer } from '../soap/remote-peer.js'
import { callWith, CRISIS, crisisXml, FEEDBACK } from '../support/calls.js'
import { Flow, inNode, out, peer, register, service, type FlowNode } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

export const PAIR = { ExamNo: CRISIS.ExamNo, ApplyNo: CRISIS.ApplyNo }
export const SECOND = { CrisisCode: '2', CrisisName: '脑出血' }
const QUERIES = [
  ...(['open', 'trace', 'dead', 'parked', 'holds', 'depth', 'verify'] as const),
  ...(['replay', 'cancel', 'lift', 'cancelAlert'] as const),
]
type Query = (typeof QUERIES)[number]

export const DOWN: Answer = body('', {}, 503)

/** Said after whatever the ledger has stored by now. */
export function received(code = '040002'): CrisisFeedback {
  const { date, time } = splitInstant(Date.now() + 1000, '+08:00')
  const CrisisReceiver = { code, name: '医生' }
  return { ...PAIR, CrisisReceiver, CrisisReceiveDate: date, CrisisReceiveTime: time }
}

export function processed(): CrisisFeedback {
  const { date, time } = splitInstant(Date.now() + 1000, '+08:00')
  const { ProcessStaff, ProcessResult } = FEEDBACK
  return { ...PAIR, ProcessStaff, ProcessDate: date, ProcessTime: time, ProcessResult }
}

/** Everything that deals with one exam: both ways in and out, and each question of the register. */
export class ExamFlow {
  private constructor(
    readonly flow: Flow,
    readonly remote: TestPeer,
    readonly url: string,
    readonly nodes: readonly FlowNode[],
  ) {}

  static async open(): Promise<ExamFlow> {
    const remote = await TestPeer.open()
    remote.answer = succeeding
    const port = await freePort()
    const nodes = [
      service({ port: String(port) }),
      inNode({ wires: [['came']] }),
      inNode({ id: 'in2', type: 'crisis feedback in', wires: [['told']] }),
      peer({ address: remote.origin }),
      out({ id: 'send', wires: [['sent'], ['unsent']] }),
      out({ type: 'crisis feedback out' }),
      out({ id: 'combined', type: 'crisis feedback out', combinedOnly: true }),
      ...QUERIES.map((query) => register(query, { id: query, wires: [[`${query}Found`]] })),
    ]
    // The shortest of the pauses that chance may choose.
    const { random } = Math
    Math.random = () => 0
    const flow = await Flow.load(nodes).finally(() => (Math.random = random))
    await flow.shows('in', 'listening')
    await flow.shows('in2', 'listening')
    return new ExamFlow(flow, remote, `http://127.0.0.1:${port}/crisis`, nodes)
  }

  async close(): Promise<void> {
    await this.flow.unload()
    await this.remote.close()
  }

  async crisis(changes = {}): Promise<void> {
    assert.equal((await callWith(this.url, 'SynCrisisInfo', crisisXml(changes))).code, '0')
  }

  came(): Promise<FlowMessage> {
    return this.flow.inbox('came').next()
  }

  /** The feedback that the peer has been sent, each attempt of it. */
  sent(): readonly CrisisFeedback[] {
    return this.remote.posts.map(
      ({ body: text }) =>
        readFeedbackDocument(readCall(text).argument ?? '').feedbacks[0]!.feedback,
    )
  }

  /** The messages that have come to an inbox, in the order of their names. */
  topics(box: string): readonly string[] {
    return this.flow
      .inbox(box)
      .all.map((msg) => msg['topic'] as string)
      .toSorted()
  }

  async ask<T>(query: Query, payload: unknown = {}): Promise<T> {
    this.flow.send(query, { payload })
    return (await this.flow.inbox(`${query}Found`).next()).payload as T
  }

  /** The code with which an action is refused. */
  async refusal(query: Query, payload: unknown): Promise<string> {
    this.flow.send(query, { payload })
    return (await this.flow.caught()).code
  }

  /** Hands over feedback and waits until it is with the ledger. */
  async tell(
    topic: string,
    feedback: CrisisFeedback,
    { id, node = 'out' }: { id?: string | undefined; node?: string } = {},
  ): Promise<void> {
    this.flow.send(node, {
      topic,
      payload: feedback,
      ...(id !== undefined && { crisis: { id } }),
    })
    await this.flow.completed()
  }

  /** Of an exam that is held: the flow is told so at once. */
  async tellHeld(topic: string, feedback: CrisisFeedback, id?: string): Promise<void> {
    this.flow.send('out', {
      topic,
      payload: feedback,
      ...(id !== undefined && { crisis: { id } }),
    })
    const msg = await this.flow.inbox('two').next()
    assert.deepEqual([msg['topic'], msg.crisis?.outcome?.code], [topic, 'FEEDBACK_HELD'])
    assert.equal((await this.flow.caught()).code, 'FEEDBACK_HELD')
  }

  /** Two findings of an exam, of which the second one is of another patient. */
  async holdTwo(): Promise<readonly [right: string, wrong: string]> {
    await this.crisis()
    await this.crisis({ ...SECOND, SickNo: 'C0002' })
    assert.equal((await this.flow.caught()).code, 'WRONG_PATIENT')
    return [(await this.came()).crisis!.id!, (await this.came()).crisis!.id!]
  }
}
