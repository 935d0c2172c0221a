import assert from 'node:assert/strict'
import { SqliteEngine } from '../../src/store/index.js'
import type { Crisis } from '../../src/messages/index.js'
import { seeded } from '../crash/random.js'
import { MemoryEngine } from '../support/memory-engine.js'
import { onBothEngines } from './both-engines.js'
import { below, ordered, type Random } from './orders.js'
import { Site } from './site.js'

/*
 * A flow is given each revision, and loses it or hands it over; what it was given it may be given again at any
 * time. Whatever the order, the peer gets them in order, each once, and the newest of what was handed over last.
 */

type Event = { readonly after: Event | null; readonly revision: number } & (
  { readonly kind: 'store' } | { readonly kind: 'send'; readonly again: boolean }
)

/** How the flow passes on what it is given: as it is, with a content of its own, or as of another PACS. */
type Way = 'same' | 'changed' | 'elsewhere'

function eventsOf(random: Random, revisions: number): readonly Event[] {
  const events: Event[] = []
  let last: Event | null = null
  for (let revision = 1; revision <= revisions; revision++) {
    const store: Event = { kind: 'store', revision, after: last }
    events.push(store)
    last = store
    // Handed over at once, or lost. What comes again comes after that.
    if (below(random, 2) === 0) {
      last = { kind: 'send', revision, after: store, again: false }
      events.push(last)
    }
    for (let again = below(random, 3); again > 0; again--) {
      events.push({ kind: 'send', revision, after: last, again: true })
    }
  }
  return events
}

async function tryOrder(shared: Site, seed: number): Promise<void> {
  const random = seeded(seed)
  const site = new Site(shared.engine, `${shared.system} ${seed}`)
  const way: Way = (['same', 'changed', 'elsewhere'] as const)[below(random, 3)]!
  const sender = way === 'elsewhere' ? new Site(site.engine, `${site.system} elsewhere`) : site
  const isTimed = below(random, 2) === 0
  const contentOf = (revision: number): Partial<Crisis> => ({
    CrisisMemo: `${revision}`,
    ...(isTimed && { CrisisSetTime: `17:0${revision}:00` }),
  })
  const order = ordered(random, eventsOf(random, 2 + below(random, 3)))
  const sent = new Set<number>()
  const overtaken = new Set<number>()
  for (const event of order) {
    const { revision } = event
    const changes = contentOf(revision)
    if (event.kind === 'store') await site.send(changes)
    else {
      const crisis = sender.crisisOf(way === 'changed' ? { ...changes, OrderNo: '1' } : changes)
      const { refused } = await site.ledger.run('sendCrisis', {
        actor: site.actor,
        origin: sender.origin,
        crisis,
        revision,
        redelivered: event.again,
        item: {
          peer: `peer of ${site.system}`,
          operation: 'SynCrisisInfo',
          lane: crisis.examKey,
          document: JSON.stringify(changes),
          node: site.target,
          message: '{}',
          expiresAfterMs: null,
        },
      })
      if (refused) overtaken.add(revision)
      else sent.add(revision)
    }
    if (below(random, 3) === 0) await site.deliver().catch(() => {})
  }
  const rows = await site.rows(
    'select document from outbox where node = $1 order by id',
    site.target,
  )
  const documents = rows.map((row) =>
    Number((JSON.parse(String(row['document'])) as Crisis).CrisisMemo),
  )
  const told = order.map((event) => `${event.kind} ${event.revision}`).join(', ')
  const about = `seed ${seed}, ${way}: ${told}`
  assert.deepEqual(
    documents,
    [...sent].toSorted((a, b) => a - b),
    about,
  )
  const newest = Math.max(0, ...sent)
  for (const revision of overtaken) assert.ok(revision < newest, about)
}

const FIRST = Number(process.env['CRISIS_SEED'] ?? 1)

describe('critical values of flows in any order (SQLite in memory)', () => {
  it('are sent once each, and none after its correction', async function () {
    this.timeout(60_000)
    const site = new Site(new MemoryEngine({ now: Date.now() }), 'memory')
    for (let seed = FIRST; seed < FIRST + 200; seed++) await tryOrder(site, seed)
  })
})

onBothEngines('critical values of flows in any order', (site) => {
  it('are sent once each, and none after its correction', async function () {
    this.timeout(60_000)
    const seeds = site().engine instanceof SqliteEngine ? 30 : 15
    for (let seed = FIRST; seed < FIRST + seeds; seed++) await tryOrder(site(), seed)
  })
})
