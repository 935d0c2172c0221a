import assert from 'node:assert/strict'
import type { Actor, Engine, Ledger, StepContent } from '../../src/ledger/index.js'

const MINUTE_MS = 60_000
const step = (minutes: number, until: string, repeat: number | null = null) => ({
  ...{ afterMs: minutes * MINUTE_MS, until, role: 'r', channels: [], cap: null },
  repeatMs: repeat === null ? null : repeat * MINUTE_MS,
})
const RULES = JSON.stringify({
  plans: [
    {
      ...{ id: 'p', name: 'p', limits: { receivedMs: MINUTE_MS, processedMs: null } },
      steps: [step(0, 'received'), step(5, 'received'), step(12, 'processed', 3)],
    },
  ],
  choice: { rows: [], highest: null },
  changes: false,
})
const TARGET = 'watch'
const NODE = 'page'
/** A channel that nobody tends: what is owed to it waits. */
const QUIET = 'quiet'
const CHANNEL = 'app'
const LEASE = { lease: 'watch/1', leaseMs: MINUTE_MS, limit: 1_000 }
const REASON = { zh: '', en: '' }

/** A watch over the ledger of a trace, whose flow pages somebody at each step. */
export class TracedWatch {
  readonly #ledger: Ledger
  readonly #engine: Engine
  readonly #actor: Actor
  #pages = 0

  constructor(ledger: Ledger, actor: Actor) {
    this.#ledger = ledger
    this.#engine = ledger.engine
    this.#actor = actor
  }

  get #who() {
    return { actor: this.#actor, target: TARGET }
  }

  async begin(): Promise<void> {
    await this.#ledger.run('beginWatch', { ...this.#who, rules: RULES })
    await this.#ledger.run('endArming', { target: TARGET, rules: RULES })
  }

  /** Fires what is due and pages for it. Some pages wait, some are taken, and some are refused. @returns the number of steps */
  async look(): Promise<number> {
    const { alerts } = await this.#ledger.run('dueTimers', { target: TARGET, limit: 1_000 })
    for (const alert of alerts) await this.#ledger.run('fireTimer', { ...this.#who, alert })
    const owed = await this.#ledger.run('takeHandouts', { target: TARGET, ...LEASE })
    for (const { id, content, handed } of owed) {
      await this.#page(id, content as StepContent, handed > 0)
    }
    await this.#send()
    const told = await this.#ledger.run('takeHandouts', { target: NODE, ...LEASE })
    const ids = told.map(({ id }) => id)
    if (ids.length > 0) await this.#ledger.run('settleHandout', { ids, lease: LEASE.lease })
    return owed.length
  }

  /** Each alert has the timer that follows from it, and no page waits that nobody needs. */
  async check(): Promise<void> {
    const faults = await this.#engine.run('outOfLine', { target: TARGET })
    assert.deepEqual(faults, [], 'timers and pages follow from the alerts')
  }

  async #page(owed: number, { id, revision, due, step: of }: StepContent, redelivered: boolean) {
    const channel = this.#pages++ % 2 === 0 ? QUIET : CHANNEL
    await this.#ledger.run('sendPage', {
      ...{ actor: this.#actor, owed, redelivered, node: NODE, message: '{}' },
      ...{ alert: id, revision, noWay: 'X', lifeMs: null },
      step: { ...due, watch: TARGET, until: of.until },
      content: {
        person: { code: '1', name: '张三' },
        ways: [{ channel, name: channel, to: ['1'] }],
        ...{ title: '', text: '', level: '', link: null, oneTime: null, urgent: true },
        language: 'zh-CN',
      },
    })
  }

  async #send(): Promise<void> {
    const { groups } = await this.#ledger.run('claimPages', {
      ...{ actor: this.#actor, channel: CHANNEL, rate: null, isShared: false },
      ...LEASE,
    })
    for (const { id, lease } of groups.flat()) {
      const kind = id % 3 === 0 ? 'refused' : 'accepted'
      await this.#ledger.run('concludePage', {
        ...{ actor: this.#actor, id, lease },
        attempt: { startedAt: 0, endedAt: 0, request: null, answer: null },
        verdict: { class: kind, code: kind, reason: REASON },
      })
    }
  }
}
