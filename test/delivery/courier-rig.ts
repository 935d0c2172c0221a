import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import {
  Courier,
  type CourierOptions,
  type CourierState,
  type Trouble,
} from '../../src/delivery/index.js'
import { Poster, type PosterOptions } from '../../src/http/calling/index.js'
import type { StartTimer } from '../../src/http/index.js'
import { Ledger, type Hint, type ToDeliver, type WaitCode } from '../../src/ledger/index.js'
import { openRemote, readCall } from '../../src/soap/index.js'
import { body, escape, returning, TestPeer, type Answer } from '../soap/remote-peer.js'
import { MemoryEngine } from '../support/memory-engine.js'

export const START = Date.UTC(2026, 0, 1)
export const SECOND = 1_000
export const MINUTE = 60_000

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** Time that passes when a test says so, for the ledger and the couriers alike. */
export class Clock {
  now = START
  readonly #timers = new Set<Timer>()

  readonly start: StartTimer = (run, delayMs) => {
    const timer = { at: this.now + delayMs, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Fires what falls due on the way, and lets what follows from it at once happen. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)
      if (!next) break
      this.#timers.delete(next)
      this.now = Math.max(this.now, next.at)
      next.run()
      for (let turn = 0; turn < 4; turn++) await setImmediate()
    }
    this.now = end
  }
}

export interface Call {
  readonly document: string
  readonly response: ServerResponse
}

export const replying = (code: string, desc: string): Answer =>
  body(
    returning(
      `<return>${escape(`<response><code>${code}</code><desc>${desc}</desc></response>`)}</return>`,
    ),
  )

/** A ledger, a peer on a real port, and couriers between them. */
export class Rig {
  readonly clock = new Clock()
  readonly engine = new MemoryEngine(this.clock)
  readonly ledger = new Ledger(this.engine)
  #waiting = 0
  readonly troubles: Trouble[] = []
  readonly states: CourierState[] = []
  readonly hints: Hint[] = []
  readonly calls: Call[] = []
  readonly #couriers: Courier[] = []
  readonly #posters: Poster[] = []
  readonly #pulse = new Set<() => void>()
  #port = 0

  private constructor(readonly peer: TestPeer) {
    this.engine.onRan(() => this.#beat())
    this.ledger.onHint((hint) => this.hints.push(hint))
    this.answer = replying('0', '成功')
  }

  static async open(): Promise<Rig> {
    const rig = new Rig(await TestPeer.open())
    rig.#port = (rig.peer.server.address() as AddressInfo).port
    return rig
  }

  /** How the peer answers; each call is noted before. */
  set answer(answer: Answer) {
    this.peer.answer = (received, response) => {
      this.calls.push({ document: readCall(received.body).argument ?? '', response })
      this.#beat()
      answer(received, response)
    }
  }

  /** Answers by the document that came. */
  answerBy(choose: (document: string) => Answer): void {
    this.answer = (received, response) =>
      choose(readCall(received.body).argument ?? '')(received, response)
  }

  hold(): void {
    this.answer = () => {}
  }

  /** Answers a call that was held. */
  finish(call: Call | undefined, answer: Answer = replying('0', '成功')): void {
    assert.ok(call)
    answer(
      { method: 'POST', url: '', headers: {}, body: '', bytes: Buffer.alloc(0) },
      call.response,
    )
  }

  get documents(): string[] {
    return this.calls.map(({ document }) => document)
  }

  /** Nobody listens any more. */
  async down(): Promise<void> {
    this.peer.server.close()
    this.peer.server.closeAllConnections()
    await once(this.peer.server, 'close')
  }

  async up(): Promise<void> {
    this.peer.server.listen(this.#port, '127.0.0.1')
    await once(this.peer.server, 'listening')
  }

  courier(options: Partial<CourierOptions> = {}, poster: PosterOptions = {}): Courier {
    const transport = new Poster({ deadlineMs: 5_000, ...poster })
    this.#posters.push(transport)
    const courier = new Courier({
      ledger: this.ledger,
      peer: 'his',
      instance: `instance ${this.#couriers.length + 1}`,
      chain: `chain ${this.#couriers.length + 1}`,
      open: (operation, signal) =>
        openRemote({
          operation,
          signal,
          transport,
          address: `http://127.0.0.1:${this.#port}/`,
        }),
      seal: (document) => document,
      onTrouble: (trouble) => {
        this.troubles.push(trouble)
        this.#beat()
      },
      onChange: (state) => {
        this.states.push(state)
        this.#beat()
      },
      startTimer: this.clock.start,
      random: () => 0.5,
      now: () => this.clock.now,
      ...options,
    })
    this.#couriers.push(courier)
    courier.start()
    return courier
  }

  /** Lets feedback wait for something but the peer. @returns its number */
  wait(waits: WaitCode): number {
    const id = ++this.#waiting
    this.engine.query(
      `insert into report (id, peer, lane, node, message, report, waits, at)
       values ($1, 'his', $2, 'node', '{}', '{}', $3, $4)`,
      id,
      `lane ${id}`,
      waits,
      this.clock.now,
    )
    this.ledger.hint('outbox/his')
    return id
  }

  /** Puts a document into the outbox and says so, as a node does. */
  async queue(document: string, lane: string, item: Partial<ToDeliver> = {}): Promise<number> {
    const id = await this.ledger.run('enqueue', {
      actor: { chain: 'node', actor: 'node' },
      item: {
        peer: 'his',
        operation: 'SynCrisisInfo',
        lane,
        document,
        alert: null,
        node: 'node',
        message: '{}',
        expiresAfterMs: null,
        ...item,
      },
    })
    this.ledger.hint('outbox/his')
    return id
  }

  /** Waits for what follows from calls and records, however long it takes. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#pulse.add(resolve)
      await promise
    }
  }

  /** Lets the time pass in small steps until something has happened that takes real time as well. */
  async passUntil(holds: () => boolean, stepMs = SECOND): Promise<void> {
    while (!holds()) {
      await this.clock.pass(stepMs)
      await setImmediate()
    }
  }

  #beat(): void {
    for (const resolve of this.#pulse) resolve()
    this.#pulse.clear()
  }

  /** By document, the state and the code it has in the outbox. */
  rows(): [document: string, state: string, code: string | null][] {
    return this.engine
      .query('select document, state, code from outbox order by id')
      .map((row) => [String(row['document']), String(row['state']), row['code'] as string | null])
  }

  count(state: string): number {
    return this.rows().filter(([, one]) => one === state).length
  }

  kinds(): string[] {
    return this.troubles.map(({ kind }) => kind)
  }

  async close(): Promise<void> {
    const closing = this.#couriers.map((courier) => courier.close())
    // The grace for calls on their way.
    await this.clock.pass(2 * SECOND)
    await Promise.all(closing)
    for (const poster of this.#posters) poster.close()
    if (this.peer.server.listening) await this.peer.close()
  }
}
