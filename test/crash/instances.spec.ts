import assert from 'node:assert/strict'
import type { Crisis } from '../../src/messages/index.js'
import { makeUserDir, packPackage, removeFolder } from '../support/node-red.js'
import { Instance, untilDrained, verify } from './crash.js'
import { Feeder, nameOf } from './feeder.js'
import { postgresLedger, type TestLedger } from './ledgers.js'
import { pause, seeded } from './random.js'
import { RecorderProcess } from './recorder-process.js'
import { judgeRun } from './verdict.js'

const LIMIT_MS = 60_000
const LANES = 6

const HELD = "select id, lease from outbox where state = 'leased' order by id"
const OWED = "select content, lease from owed where kind = 'crisis'"
const DONE_BY = 'select outbox, instance from attempt where class = $$delivered$$'

/** Looks until it is so. */
async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + LIMIT_MS
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`${what} did not happen`)
    await pause(100)
  }
}

describe('two Node-REDs on one PostgreSQL', function () {
  this.timeout(240_000)

  const random = seeded(11)
  const folders: string[] = []
  let ledger: TestLedger
  let recorder: RecorderProcess
  let first: Instance
  let second: Instance
  let feeder: Feeder

  before(async () => {
    const tarball = packPackage()
    ledger = await postgresLedger()
    folders.push(makeUserDir(tarball, 'first-'), makeUserDir(tarball, 'second-'))
    const [one = '', two = ''] = folders
    recorder = await RecorderProcess.start(one, 11)
    recorder.tell('healthy')
    first = new Instance({}, ledger, one, recorder.url)
    second = new Instance({}, ledger, two, recorder.url)
    await Promise.all([first.prepare(), second.prepare()])
    await Promise.all([first.start(), second.start()])
    feeder = new Feeder({ urls: [first.url, second.url], random, lanes: LANES, pauseMs: 300 })
  })

  after(async () => {
    await Promise.all([first?.kill(), second?.kill()])
    await recorder?.stop()
    await ledger?.stop()
    for (const folder of folders) removeFolder(folder)
  })

  const given = (): string[] => [...first.given(), ...second.given()]

  it('both accept and both deliver, and each event comes out of one of them only', async () => {
    feeder.start()
    await until('feeding', () => feeder.acknowledged.length >= 60)
    recorder.tell('silent')
    await until('giving', () => feeder.acknowledged.every((name) => given().includes(name)))
    const events = given()
    assert.equal(new Set(events).size, events.length, 'none twice')
    assert.ok(first.given().length > 0 && second.given().length > 0, 'both have accepted')
    const doers = (await ledger.read(DONE_BY)).map(({ instance }) => String(instance))
    for (const { pid } of [first, second]) {
      assert.ok(
        doers.some((instance) => instance.includes(`-${pid}-`)),
        `${pid} has delivered`,
      )
    }
  })

  it('one that is killed leaves its work to the other', async () => {
    const ofFirst = async (): Promise<number[]> => {
      const held = await ledger.read(HELD)
      const mine = held.filter(({ lease }) => String(lease).includes(`-${first.pid}-`))
      return mine.map(({ id }) => Number(id))
    }
    // The recorder says nothing, so whoever has called it holds what it has called with.
    await until('a lease', async () => (await ofFirst()).length > 0)
    await first.kill()
    const orphaned = await ofFirst()
    assert.ok(orphaned.length > 0)
    const givenByFirst = new Set(first.given())
    const unfinished = (await ledger.read(OWED))
      .filter(({ lease }) => String(lease).includes(`-${first.pid}-`))
      .map(({ content }) => {
        const { crisis } = JSON.parse(String(content)) as { crisis: Crisis }
        return nameOf(crisis.ExamNo ?? '', crisis.CrisisMemo ?? '')
      })
    recorder.tell('healthy')
    const before = feeder.acknowledged.length
    await until('feeding', () => feeder.acknowledged.length >= before + 30)
    await feeder.stop()
    await untilDrained(ledger)

    const done = await ledger.read(DONE_BY)
    for (const id of orphaned) {
      const doer = done.find(({ outbox }) => Number(outbox) === id)
      assert.match(String(doer?.['instance']), new RegExp(`-${second.pid}-`), `document ${id}`)
    }
    const verdict = judgeRun(feeder.acknowledged, await ledger.stored(), recorder.recorded())
    assert.deepEqual(verdict.notStored, [])
    assert.deepEqual(verdict.notDelivered, [])
    assert.deepEqual(verdict.overtaken, [], 'in order per exam')
    // Only what the dead one may not have finished with comes out of the other as well.
    const events = second.given()
    assert.equal(new Set(events).size, events.length, 'none twice from the one that lives')
    const twice = events.filter((name) => givenByFirst.has(name))
    assert.deepEqual(
      twice.filter((name) => !unfinished.includes(name)),
      [],
      'nothing that it had finished with comes again',
    )
    assert.equal((await verify(ledger)).broken, 0)
  })
})
