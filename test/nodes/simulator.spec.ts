import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import { EXAM_PREFIX } from '../../nodes/simulator/invented.js'
import { BEHAVIOURS, HIS_BEHAVIOURS } from '../../nodes/settings/index.js'
import type { FlowMessage } from '../../nodes/face/index.js'
import { callWith, CRISIS, crisisXml, FEEDBACK, feedbackXml } from '../support/calls.js'
import { Flow, inNode, out, peer, service, simulator, type FlowNode } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const LICENCE = 'simulated-licence'

interface Keys {
  readonly ExamNo: string
  readonly ApplyNo: string
}

const examIn = ({ payload }: FlowMessage): string => (payload as Keys).ExamNo

/** A PACS may behave in all of these ways as one that is called. */
const OF_PACS = BEHAVIOURS.filter((behaviour) => !HIS_BEHAVIOURS.includes(behaviour))

const CUT_OFF: Readonly<Record<string, string>> = {
  fault: 'SOAP_FAULT',
  half: 'PEER_CLOSED',
  html: 'REPLY_NOT_SOAP',
  silent: 'PEER_DEADLINE',
}

describe('a crisis simulator', function () {
  this.timeout(30_000)
  let flow: Flow
  let url: (path: string) => string

  before(async () => {
    const port = String(await freePort())
    url = (path) => `http://127.0.0.1:${port}/${path}`
    const plays = (side: 'his' | 'pacs', behaviour: string, more: object): FlowNode[] => [
      simulator({
        ...{ id: `${side}-${behaviour}`, side, behaviour, path: `/${side}/${behaviour}`, port },
        ...{ slowSeconds: '0.2', receiveSeconds: '0', processSeconds: '0.1' },
        wires: [[`told-${side}-${behaviour}`]],
        ...more,
      }),
      peer({
        ...{ id: `to-${side}-${behaviour}`, address: url(`${side}/${behaviour}`) },
        // One that never answers is not waited for long.
        totalSeconds: behaviour === 'silent' ? '1' : '15',
      }),
      out({
        ...{ id: `out-${side}-${behaviour}`, peer: `to-${side}-${behaviour}` },
        type: side === 'his' ? 'crisis out' : 'crisis feedback out',
        wires: [[`sent-${side}-${behaviour}`], [`unsent-${side}-${behaviour}`]],
      }),
    ]
    const nodes = [
      service({ path: '/in', port, licenceCheck: false }),
      inNode({ wires: [['came']] }),
      service({ id: 'back', path: '/back', port }),
      inNode({ id: 'in2', type: 'crisis feedback in', service: 'back', wires: [['fed']] }),
      ...BEHAVIOURS.flatMap((behaviour) => plays('his', behaviour, { address: url('back') })),
      ...OF_PACS.flatMap((behaviour) => plays('pacs', behaviour, { address: url('in') })),
    ]
    const credentials = Object.fromEntries(
      BEHAVIOURS.map((behaviour) => [`his-${behaviour}`, { licence: LICENCE }] as const),
    )
    flow = await Flow.load(nodes, { credentials })
    for (const id of ['in', 'in2']) await flow.shows(id, 'listening')
    // All at once, so that those that never answer are waited for together.
    for (const behaviour of BEHAVIOURS) {
      flow.send(`out-his-${behaviour}`, { payload: { ...CRISIS, ...about(behaviour) } })
    }
    await Promise.all(
      OF_PACS.map(async (behaviour) => {
        const id = `pacs-${behaviour}`
        assert.equal(await press(id), 200)
        const { ExamNo, ApplyNo } = flow.inbox(`told-${id}`).all[0]!.payload as Keys
        const [came] = await givenOf('came', ExamNo, 1)
        flow.send(`out-${id}`, { ...came, payload: { ...FEEDBACK, ExamNo, ApplyNo } })
      }),
    )
  })

  after(() => flow.unload())

  const examOf = (name: string) => `${EXAM_PREFIX}${name}`
  const about = (name: string) => ({ ExamNo: examOf(name), ApplyNo: examOf(name) })

  const press = async (id: string): Promise<number> =>
    (await helper.request().post('/hospital-flows-crisis/simulate').send({ id })).status

  const failing = async (id: string): Promise<string | undefined> => {
    const depth = await flow.ledger((ledger) => ledger.run('depth', { peer: id }))
    return depth.failing?.code
  }

  /** Messages on an exam, as soon as a node has been given so many. */
  async function givenOf(
    inbox: string,
    exam: string,
    count: number,
  ): Promise<readonly FlowMessage[]> {
    const { all, node } = flow.inbox(inbox)
    for (;;) {
      const found = all.filter((one) => examIn(one) === exam)
      if (found.length >= count) return found
      await new Promise((resolve) => node.once('input', resolve))
    }
  }

  const stages = (all: readonly FlowMessage[]) => all.map(({ crisis }) => crisis?.stage)

  for (const behaviour of BEHAVIOURS) {
    it(`plays a HIS: ${behaviour}`, async () => {
      const id = `his-${behaviour}`
      const cut = CUT_OFF[behaviour]
      if (behaviour === 'refusing') {
        const unsent = await flow.inbox(`unsent-${id}`).next()
        assert.equal(unsent.crisis?.outcome?.class, 'rejected')
        assert.equal(unsent.crisis?.outcome?.reply?.code, '422')
      } else if (cut === undefined) {
        const sent = await flow.inbox(`sent-${id}`).next()
        assert.equal(sent.crisis?.outcome?.class, 'delivered')
      } else {
        await flow.shows(`out-${id}`, 'unreachable')
        assert.equal(await failing(`to-${id}`), cut)
      }
      const got = (await flow.inbox(`told-${id}`).next()).crisis
      assert.deepEqual([got?.operation, got?.simulated?.call], ['SynCrisisInfo', 'got'])
      if (['refusing', 'fault', 'silent'].includes(behaviour)) return
      const all = await givenOf('fed', examOf(behaviour), behaviour === 'contradictory' ? 3 : 2)
      const expected = {
        late: ['processed', 'received'],
        contradictory: ['received', 'processed', 'received'],
      }[behaviour as string]
      assert.deepEqual(stages(all), expected ?? ['received', 'processed'])
      const flags = all.at(-1)?.crisis?.flags ?? []
      assert.equal(flags.includes('otherReceiver'), behaviour === 'contradictory')
      if (behaviour === 'double') {
        const made = () =>
          flow.inbox(`told-${id}`).all.filter(({ crisis }) => crisis?.simulated?.call === 'made')
        while (made().length < 4) await flow.inbox(`told-${id}`).next()
        assert.ok(made().every(({ crisis }) => crisis?.outcome?.class === 'delivered'))
      }
    })
  }

  for (const behaviour of OF_PACS) {
    it(`plays a PACS: ${behaviour}`, async () => {
      const id = `pacs-${behaviour}`
      const made = await flow.inbox(`told-${id}`).next()
      assert.deepEqual([made.crisis?.outcome?.class, made.topic], ['delivered', 'SynCrisisInfo'])
      const { ExamNo } = made.payload as Keys
      assert.ok(ExamNo.startsWith(EXAM_PREFIX))
      const came = await givenOf('came', ExamNo, 1)
      assert.deepEqual(
        came.map(({ payload }) => payload),
        [made.payload],
        'sent again it is known',
      )
      if (behaviour === 'double') {
        assert.deepEqual((await flow.inbox(`told-${id}`).next()).payload, made.payload)
      }
      const cut = CUT_OFF[behaviour]
      if (cut === undefined) {
        const port = behaviour === 'refusing' ? 'unsent' : 'sent'
        const told = await flow.inbox(`${port}-${id}`).next()
        const expected = behaviour === 'refusing' ? 'rejected' : 'delivered'
        assert.equal(told.crisis?.outcome?.class, expected)
      } else {
        await flow.shows(`out-${id}`, 'unreachable')
        assert.equal(await failing(`to-${id}`), cut)
      }
      const got = (await flow.inbox(`told-${id}`).next()).crisis
      assert.deepEqual([got?.operation, got?.simulated?.call], ['SynCrisisResponseInfo', 'got'])
    })
  }

  it('takes nothing that is not simulated', async () => {
    const his = await callWith(url('his/good'), 'SynCrisisInfo', crisisXml())
    assert.deepEqual(his.code, '422')
    const pacs = await callWith(url('pacs/good'), 'SynCrisisResponseInfo', feedbackXml(''))
    assert.deepEqual(pacs.code, '404')
  })

  it('sends nothing unasked, and says what it is', async () => {
    assert.equal(await press('his-good'), 422)
    assert.equal(await press('of none'), 422)
    assert.match(flow.status('pacs-good') ?? '', /^yellow simulatedPacs 2$/)
    assert.match(flow.statusTexts('his-good')[0] ?? '', /^simulated HIS 0$/)
  })
})
