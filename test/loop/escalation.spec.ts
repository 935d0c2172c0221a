import assert from 'node:assert/strict'
import { figuresOf } from '../../src/loop/index.js'
import { seeded } from '../crash/random.js'
import { Site, type Seen } from './escalation-run.js'
import { countFigures } from './figures-model.js'
import { MINUTE } from './plan-rig.js'

const SITES = 50
const ALERTS = 200
const ZONES = [
  '+08:00',
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
]
const LIMITS = { receivedMs: 10 * MINUTE, processedMs: 30 * MINUTE }

describe('ten thousand critical values in weeks of stops, jumps of the clock and changes of plans', function () {
  this.timeout(60_000)
  const seen: Seen = {}

  for (const [n, zone] of ZONES.entries()) {
    it(`are escalated and counted as a naive model says, in ${zone}`, () => {
      for (let seed = n; seed < SITES; seed += ZONES.length) {
        const site = new Site(seeded(seed + 1), zone)
        for (let alert = 0; alert < ALERTS; alert++) {
          try {
            site.play()
          } catch (error) {
            throw new Error(`site ${seed}, alert ${alert}`, { cause: error })
          }
        }
        const { figures } = figuresOf(site.tally, LIMITS)
        const shares = figures.map(({ code, numerator, denominator }) => [
          code,
          [numerator, denominator],
        ])
        assert.deepEqual(
          Object.fromEntries(shares),
          countFigures(site.logs, LIMITS),
          `site ${seed}`,
        )
        for (const [what, times] of Object.entries(site.seen) as [keyof Seen, number][]) {
          seen[what] = (seen[what] ?? 0) + times
        }
      }
    })
  }

  it('met everything that may happen', () => {
    const all = [
      ...(['stop', 'start', 'jump', 'replan', 'receive', 'process', 'processAlone'] as const),
      ...(['cancel', 'revise', 'hold', 'notify', 'passedOver', 'missed', 'atTheEnd'] as const),
    ]
    for (const what of all) assert.ok((seen[what] ?? 0) > 100, `${what} ${seen[what]}`)
  })
})
