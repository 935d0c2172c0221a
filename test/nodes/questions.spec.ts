import assert from 'node:assert/strict'
import path from 'node:path'
import type { HeldExam } from '../../src/ledger/index.js'
import { tamper } from '../store/support.js'
import { Site } from '../ledger/site.js'
import { callWith, crisisXml } from '../support/calls.js'
import { Flow, inNode, register, service } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const EXAMS = 4_000
const PART = 200

describe('a question to the register that takes long', function () {
  this.timeout(60_000)
  let flow: Flow

  afterEach(() => flow.unload())

  it('does not hold up what is received meanwhile', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/crisis`
    const send = (exam: string) => callWith(url, 'SynCrisisInfo', crisisXml({ ExamNo: exam }))
    flow = await Flow.load([
      service({ port: String(port) }),
      inNode(),
      register('holds', { limit: String(EXAMS), wires: [['found']] }),
    ])
    await flow.shows('in', 'listening')
    await flow.ledger(async ({ engine }) => {
      const site = new Site(engine, '')
      for (let from = 0; from < EXAMS; from += PART) {
        await site.sendAll(Array.from({ length: PART }, (_, n) => ({ ExamNo: `held ${from + n}` })))
      }
    })
    tamper(
      path.join(flow.folder, 'crisis', 'ledger.db'),
      "pragma wal_autocheckpoint = 0; update alert set hold = 'wrongPatient'",
    )

    flow.send('register', { payload: {} })
    for (let n = 0; n < 10; n++) assert.equal((await send(`meanwhile ${n}`)).code, '0')
    assert.equal(flow.inbox('found').all.length, 0, 'all are answered before the question is')
    const { payload } = await flow.inbox('found').next()
    assert.equal((payload as readonly HeldExam[]).length, EXAMS)
  })
})
