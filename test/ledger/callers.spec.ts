import assert from 'node:assert/strict'
import { CallerTally, type Caller, type SeenCaller } from '../../src/ledger/index.js'
import { COUNTS_MS, MOST_FORMS, NEW_FORM_MS } from '../../src/ledger/caller-tally.js'
import { MOST_CALLERS } from '../../src/ledger/operations/callers.js'
import { onBothEngines } from './both-engines.js'

const FORM = { version: '1.1', wrapping: 'escaped', deviations: ['namespace'] }

onBothEngines('callers in the ledger', (site) => {
  const seen = (changes: Partial<SeenCaller> = {}): SeenCaller => ({
    service: site().system,
    remoteAddress: '10.0.0.1',
    operation: 'SynCrisisInfo',
    form: JSON.stringify(FORM),
    calls: 1,
    firstAgoMs: 0,
    lastAgoMs: 0,
    ...changes,
  })
  const note = (...all: readonly SeenCaller[]): Promise<void> =>
    site().ledger.run('noteCallers', { seen: all })
  const here = async (): Promise<readonly Caller[]> =>
    (await site().ledger.run('callers', { limit: 10_000 })).filter(
      ({ service }) => service === site().system,
    )

  it('are counted by address, operation and form, with when they were heard', async () => {
    await note(seen({ calls: 3, firstAgoMs: 5_000, lastAgoMs: 2_000 }))
    await note(
      seen({ calls: 2, firstAgoMs: 1_000 }),
      seen({ remoteAddress: '::1', lastAgoMs: 9_000 }),
    )
    const [one, two, ...more] = await here()
    assert.deepEqual(more, [])
    const { firstAt = 0, lastAt = 0, ...rest } = one ?? {}
    assert.deepEqual(rest, {
      service: site().system,
      remoteAddress: '10.0.0.1',
      operation: 'SynCrisisInfo',
      form: FORM,
      calls: 5,
    })
    assert.ok(lastAt - firstAt >= 5_000)
    assert.equal(two?.remoteAddress, '::1')
    // What was counted late does not make a caller older than it is.
    await note(seen({ lastAgoMs: 60_000 }))
    assert.equal((await here())[0]?.lastAt, lastAt)
  })

  it('are no more than are kept, those heard last', async () => {
    const many = Array.from({ length: MOST_CALLERS }, (_, at) =>
      seen({ remoteAddress: `10.1.${at >> 8}.${at & 255}`, lastAgoMs: 0 }),
    )
    await note(seen({ remoteAddress: 'oldest', lastAgoMs: 3_600_000 }))
    await note(...many)
    const kept = await here()
    assert.equal(kept.length, MOST_CALLERS)
    assert.ok(!kept.some(({ remoteAddress }) => remoteAddress === 'oldest'))
  })
})

describe('the tally of callers', () => {
  let now: number
  let timers: { run: () => void; ms: number; stopped: boolean }[]
  let written: (readonly SeenCaller[])[]
  let fails: boolean
  let tally: CallerTally

  beforeEach(() => {
    now = 1_000
    timers = []
    written = []
    fails = false
    tally = new CallerTally({
      now: () => now,
      write(seen) {
        if (fails) return Promise.reject(new Error('the ledger is away'))
        written.push(seen)
        return Promise.resolve()
      },
      startTimer(run, ms) {
        const timer = { run, ms, stopped: false }
        timers.push(timer)
        return () => (timer.stopped = true)
      },
    })
  })

  const met = (remoteAddress = '10.0.0.1', form: object = FORM): void =>
    tally.note({ service: 's', remoteAddress, operation: 'SynCrisisInfo', form })
  const running = () => timers.filter(({ stopped }) => !stopped).map(({ ms }) => ms)
  const counts = () =>
    written.map((seen) => seen.map(({ remoteAddress, calls }) => [remoteAddress, calls]))

  it('writes a new form soon, and what it knows once a minute', async () => {
    met()
    met()
    now += 400
    met('10.0.0.2')
    assert.deepEqual(running(), [NEW_FORM_MS])
    now += 600
    await tally.flush()
    assert.deepEqual(counts(), [
      [
        ['10.0.0.1', 2],
        ['10.0.0.2', 1],
      ],
    ])
    assert.deepEqual(
      written[0]?.map(({ firstAgoMs, lastAgoMs }) => [firstAgoMs, lastAgoMs]),
      [
        [1_000, 1_000],
        [600, 600],
      ],
    )
    met()
    assert.deepEqual(running(), [COUNTS_MS])
    // A new form does not wait for the minute.
    met('10.0.0.1', { ...FORM, wrapping: 'cdata' })
    assert.deepEqual(running(), [NEW_FORM_MS])
    await tally.flush()
    assert.equal(written.length, 2)
    await tally.flush()
    assert.equal(written.length, 2)
  })

  it('keeps what could not be written, and goes on counting', async () => {
    fails = true
    met()
    await tally.flush()
    met()
    now += 10
    fails = false
    await tally.flush()
    assert.deepEqual(counts(), [[['10.0.0.1', 2]]])
    assert.deepEqual(
      written[0]?.map(({ firstAgoMs, lastAgoMs }) => [firstAgoMs, lastAgoMs]),
      [[10, 10]],
    )
  })

  it('does not grow with a flood of forms', async () => {
    for (let at = 0; at < MOST_FORMS * 3; at++) met('10.0.0.1', { parameter: `p${at}` })
    assert.deepEqual(running(), [NEW_FORM_MS])
    await tally.flush()
    assert.equal(written[0]?.length, MOST_FORMS)
  })
})
