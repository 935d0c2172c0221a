import assert from 'node:assert/strict'
import type { ClockLook } from '../../src/ledger/index.js'
import { MemoryEngine } from '../support/memory-engine.js'
import { onBothEngines } from './both-engines.js'
import { RECEIVED, Site } from './site.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY
const START = Date.UTC(2026, 0, 1, 8)

/** A ledger whose clock can be set, and a process that looks at it. */
class Watched {
  readonly clock = { now: START }
  readonly site: Site
  #elapsedMs = 0
  #before: { at: number; elapsedMs: number } | null = null

  constructor() {
    this.site = new Site(new MemoryEngine(this.clock), 'clock')
  }

  async look(): Promise<ClockLook> {
    const before = this.#before && {
      at: this.#before.at,
      elapsedMs: this.#elapsedMs - this.#before.elapsedMs,
    }
    const look = await this.site.ledger.run('lookAtClock', { actor: this.site.actor, before })
    this.#before = { at: look.at, elapsedMs: this.#elapsedMs }
    return look
  }

  /** Lets time pass, as a clock that is right shows it. */
  pass(ms: number): void {
    this.clock.now += ms
    this.#elapsedMs += ms
  }

  /** Looks every hour for that long, and says how the last look was. */
  async watch(ms: number): Promise<ClockLook> {
    let look = await this.look()
    for (let passed = 0; passed < ms; passed += HOUR) {
      this.pass(HOUR)
      look = await this.look()
    }
    return look
  }

  restart(): void {
    this.#before = null
  }
}

describe('the clock of a ledger', () => {
  it('is trusted after it has run steadily for a day', async () => {
    const watched = new Watched()
    assert.equal((await watched.watch(23 * HOUR)).isSteady, false)
    assert.equal((await watched.watch(HOUR)).isSteady, true)
  })

  it('that is years ahead for a minute is not trusted then, nor for a day after it', async () => {
    const watched = new Watched()
    await watched.watch(2 * DAY)
    watched.pass(MINUTE)
    watched.clock.now += 5 * YEAR
    const ahead = await watched.look()
    assert.deepEqual([ahead.isSteady, ahead.jumpMs], [false, 5 * YEAR])
    watched.pass(MINUTE)
    watched.clock.now -= 5 * YEAR
    const back = await watched.look()
    assert.deepEqual([back.isSteady, back.jumpMs], [false, -5 * YEAR])
    assert.equal((await watched.watch(22 * HOUR)).isSteady, false)
    assert.equal((await watched.watch(2 * HOUR)).isSteady, true)
    assert.equal((await watched.site.audited()).filter((kind) => kind === 'clockJumped').length, 2)
  })

  it('that is years ahead at a start is not trusted either, and that it went back is told', async () => {
    const watched = new Watched()
    await watched.watch(2 * DAY)
    watched.restart()
    watched.clock.now += 5 * YEAR
    assert.equal((await watched.look()).isSteady, false)
    assert.equal((await watched.watch(2 * HOUR)).isSteady, false)
    watched.restart()
    watched.clock.now -= 5 * YEAR
    assert.ok((await watched.look()).jumpMs < -4 * YEAR)
  })

  it('that is adjusted by seconds, or stops for a night, is trusted as before', async () => {
    const watched = new Watched()
    await watched.watch(2 * DAY)
    watched.clock.now += 20_000
    assert.equal((await watched.watch(HOUR)).isSteady, true)
    watched.restart()
    watched.clock.now += 12 * HOUR
    assert.equal((await watched.look()).isSteady, false, 'not at once')
    watched.pass(MINUTE)
    assert.equal((await watched.look()).isSteady, true)
  })
})

describe('a clock that is set back', () => {
  it('strands neither what a dead instance had in hand nor what waits for its time', async () => {
    const watched = new Watched()
    const { site, clock } = watched
    clock.now += 8 * HOUR
    await site.send({})
    await site.tell(RECEIVED)
    await site.send({ ExamNo: '2' }, { leaseMs: 45_000 })
    await site.claim()
    clock.now -= 8 * HOUR
    const take = () =>
      site.ledger.run('takeHandouts', { target: site.target, lease: 'B/1', leaseMs: 1, limit: 10 })
    const claim = async () => {
      const args = { actor: site.actor, peer: `peer of ${site.system}`, lease: 'B/1' }
      const limits = { leaseMs: 50_000, limit: 4, parallel: 4, perMinute: 0 }
      return (await site.ledger.run('claim', { ...args, ...limits })).documents
    }
    assert.equal((await claim()).length, 0)
    assert.ok((await watched.look()).freed >= 2)
    assert.equal((await claim()).length, 0, 'whoever has it is given its time')
    watched.pass(2 * MINUTE)
    assert.equal((await claim()).length, 1)
    assert.ok((await take()).length >= 1)
  })
})

onBothEngines('a look at the clock', (site) => {
  it('tells the time, and that it has not jumped', async () => {
    const { actor, ledger } = site()
    const first = await ledger.run('lookAtClock', { actor, before: null })
    assert.equal(first.isSteady, false)
    const before = { at: first.at, elapsedMs: 0 }
    const second = await ledger.run('lookAtClock', { actor, before })
    assert.deepEqual([second.isSteady, second.jumpMs], [false, 0])
    assert.ok(second.at >= first.at)
  })

  it('leaves leases and waiting times alone that may be', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().claim()
    const { actor, ledger } = site()
    const leased = () =>
      site().rows(
        "select lease_until from outbox where peer = $1 and state = 'leased'",
        `peer of ${site().system}`,
      )
    const before = await leased()
    assert.equal((await ledger.run('lookAtClock', { actor, before: null })).freed, 0)
    assert.deepEqual(await leased(), before)
  })
})
