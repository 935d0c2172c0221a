import assert from 'node:assert/strict'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeUserDir, packPackage, removeFolder } from '../support/node-red.js'
import { errorsIn } from '../system/cells.js'
import { Door } from '../system/door.js'
import { EIO, Machine, needMachine } from './machine.js'

const DAY_MS = 86_400_000

describe('a machine in trouble, seen by those who send', function () {
  this.timeout(90_000)
  let userDir: string
  let file: string
  let machine: Machine
  let door: Door

  before(function () {
    needMachine(this)
  })

  beforeEach(async () => {
    userDir = makeUserDir(packPackage(), 'machine-')
    const folder = path.join(userDir, 'disk')
    file = path.join(folder, 'ledger.db')
    machine = new Machine({ folder: userDir, orders: path.join(userDir, 'orders') })
    door = await Door.open({ userDir, store: { engine: 'file', file }, env: machine.env })
    await door.sendUntilAccepted()
    await door.untilDelivered()
  })

  afterEach(async () => {
    const log = await door.close()
    machine.close()
    removeFolder(userDir)
    for (const line of errorsIn(log)) assert.match(line, /\[(?:LEDGER|PEER)_[A-Z_]+\]$/)
  })

  function read(sql: string): readonly Readonly<Record<string, unknown>>[] {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      return database.prepare(sql).all()
    } finally {
      database.close()
    }
  }

  /** New ones are taken and delivered, and all that was ever answered 0 is there. */
  async function assertWorks(): Promise<void> {
    await door.sendUntilAccepted()
    await door.untilDelivered()
    const stored = new Set(read('select exam_no from alert').map((row) => row['exam_no']))
    assert.deepEqual(
      door.accepted.filter((exam) => !stored.has(exam)),
      [],
    )
  }

  for (const [name, orders] of [
    ['writes', { writeError: EIO }],
    ['flushes', { flushError: EIO }],
  ] as const) {
    it(`whose disk fails when it ${name}: 500, and 0 when it works again`, async () => {
      machine.order(orders)
      const { status, code } = await door.send()
      assert.deepEqual({ status, code }, { status: 200, code: '500' })
      await door.comms.showsLike('in', /^red /)
      await door.running.line(/crisis in.*\[LEDGER_UNAVAILABLE\]/)
      machine.order({})
      door.comms.clear()
      await assertWorks()
      await door.comms.shows('in', 'green listening')
    })
  }

  it('whose clock is set back and forth by a day goes on taking and delivering', async () => {
    for (const clockMs of [-DAY_MS, DAY_MS, 0]) {
      machine.order({ clockMs })
      await assertWorks()
    }
    const [times] = read('select min(opened_at) as least, max(opened_at) as most from alert')
    assert.ok(Number(times?.['most']) - Number(times?.['least']) > DAY_MS, 'it was set indeed')
  })
})
