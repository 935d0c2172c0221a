import assert from 'node:assert/strict'
import type { FlowMessage } from '../../nodes/face/message.js'
import type { Crisis, CrisisFeedback } from '../../src/messages/index.js'
import { CRISIS, FEEDBACK } from '../support/calls.js'
import { Comms } from '../support/comms.js'
import type { FlowNode } from '../support/flow-node.js'
import { followLoop } from '../support/loop.js'
import type { RunningNodeRed } from '../support/node-red.js'
import {
  OUTERMOST_CELLS,
  errorsIn,
  exampleFlows,
  freePorts,
  inject,
  startCell,
  stopCell,
  type Ports,
} from './cells.js'
import { hospitalExamples } from './hospital-examples.js'

/** Each has ledgers, ports and paths of its own. */
const HOSPITAL = ['06', '07', '08', '09', '10', '11', '13']
const PATIENT = /00000001|C0001|123415|胎盘|加急|管理员|040002/

for (const cell of OUTERMOST_CELLS) {
  describe(`the examples in ${cell.name}`, function () {
    this.timeout(60_000)
    let running: RunningNodeRed
    let comms: Comms
    let ports: Ports

    before(async function () {
      running = await startCell(cell, this)
      ports = await freePorts()
      comms = await Comms.open(running.url)
    })

    after(async () => {
      comms?.close()
      await stopCell(running)
    })

    // The ledgers know what was sent before, so each test has an exam of its own.
    let exam = ''
    beforeEach(() => {
      exam = String(Number(exam) + 1).padStart(8, '0')
    })
    const example = (number: string): FlowNode[] =>
      exampleFlows(number, ports, running.port).map((node) =>
        node.type === 'inject' && typeof node['payload'] === 'string'
          ? { ...node, payload: node['payload'].replaceAll('00000001', exam) }
          : node,
      )
    const sent = (): Crisis => ({ ...CRISIS, ExamNo: exam, ApplyNo: exam })
    // Feedback is cumulative: a field that says nothing goes out empty.
    const fedBack = (): CrisisFeedback => ({
      ...FEEDBACK,
      ExamNo: exam,
      ApplyNo: exam,
      ProcessSuggest: '',
    })
    const PLATFORM = '/pushService/services/pacs?wsdl'
    const atPlatform = (): string => `http://127.0.0.1:${ports.get('8090')}${PLATFORM}`
    /** An example whose peer calls the platform of example 04. */
    const callingPlatform = (number: string): FlowNode[] =>
      example(number).map((node) =>
        node.type === 'crisis peer' ? { ...node, wsdl: atPlatform() } : node,
      )

    /** Deploys, and waits until all that hosts is listening. */
    async function deploy(nodes: readonly FlowNode[]): Promise<void> {
      comms.clear()
      await running.deploy(nodes)
      for (const { id, type } of nodes) {
        if (/^crisis (?:feedback )?in$/.test(type)) await comms.shows(id, 'green listening')
      }
    }

    const assertDelivered = ({ crisis }: FlowMessage): void => {
      assert.equal(crisis?.outcome?.class, 'delivered')
      assert.equal(crisis?.outcome?.reply?.code, '0')
    }

    it('01 closes the loop', async () => {
      const steps: string[] = []
      const result = await followLoop(running, example('01'), (step) => steps.push(step.en))
      assert.equal(result.closed, true, result.problem.en)
      assert.equal(steps.length, 8)
    })

    it('01 pressed a second time sends the same again, which changes nothing', async () => {
      await deploy(example('01'))
      await inject(running, 'c01send')
      assertDelivered(await comms.debug('c01d3'))
      comms.clear()
      await inject(running, 'c01send')
      assertDelivered(await comms.debug('c01d1'))
      for (const id of ['c01d2', 'c01d4', 'c01d6']) assert.ok(!comms.hasDebugged(id), id)
    })

    it('05 shows what the others did', async () => {
      const rowsOf = async (id: string) =>
        (await comms.debug(id)) as unknown as readonly { ExamNo: string; stage: string }[]
      await deploy([...example('01'), ...example('05')])
      await inject(running, 'c01send')
      assertDelivered(await comms.debug('c01d3'))
      await inject(running, 'c05i0')
      for (const [id, stages] of [
        ['c05e1', ['processed', 'fedBack']],
        ['c05e2', ['processed']],
      ] as const) {
        const rows = await rowsOf(id)
        const row = rows.find(({ ExamNo }) => ExamNo === exam)
        assert.ok((stages as readonly string[]).includes(row?.stage ?? ''), `${id}: ${row?.stage}`)
      }
      assert.deepEqual(await rowsOf('c05e3'), [])
    })

    it('02 and 03 talk to each other, both ways', async () => {
      await deploy([...example('02'), ...example('03')])
      await inject(running, 'c02send')
      assertDelivered(await comms.debug('c02d1'))
      assert.deepEqual((await comms.debug('c03d1')).payload, sent())
      await inject(running, 'c03send')
      assertDelivered(await comms.debug('c03d2'))
      const { payload, crisis } = await comms.debug('c02d3')
      assert.deepEqual(payload, fedBack())
      assert.equal(crisis?.stage, 'processed')
      for (const id of ['c02d2', 'c02d4', 'c03d3', 'c03d4']) assert.ok(!comms.hasDebugged(id), id)
    })

    it('03 can be tried with the simulated PACS, and 02 with the simulated HIS', async () => {
      const trial = [...example('02'), ...example('03')].map((node) => {
        if (node.id === 'c02pehis') return { ...node, wsdl: `${running.url}/simulated/his?wsdl` }
        if (node.id === 'c02sim') return { ...node, receiveSeconds: '0', processSeconds: '0' }
        if (node.id !== 'c02send') return node
        return { ...node, payload: String(node['payload']).replaceAll(exam, `SIMULATED-${exam}`) }
      })
      await deploy(trial)
      await inject(running, 'c02send')
      assertDelivered(await comms.debug('c02d1'))
      const { crisis } = await comms.debug('c02d3')
      assert.equal(crisis?.application, 'HIS')
      const response = await fetch(`${running.url}/hospital-flows-crisis/simulate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id: 'c03sim' }),
      })
      assert.equal(response.status, 200)
      assert.match(JSON.stringify((await comms.debug('c03d1')).payload), /"SIMULATED-\w/)
      for (const id of ['c02d2', 'c02d4', 'c03d4']) assert.ok(!comms.hasDebugged(id), id)
    })

    describe('04 between 02 and 03', () => {
      // Sees what the simulated robot is sent; the robot itself stays as it is.
      const probe: FlowNode = {
        id: 'probe',
        type: 'debug',
        z: 'c04tab',
        active: true,
        tosidebar: true,
        complete: 'true',
        targetType: 'full',
        x: 400,
        y: 370,
        wires: [],
      }
      const between = (): FlowNode[] => [
        ...example('04').map((node) =>
          node.id === 'c04robot' ? { ...node, wires: [['c04robotok', 'probe']] } : node,
        ),
        probe,
      ]

      it('answers the PACS 0 once it is stored, forwards it, and pages without patient data', async () => {
        await deploy([...callingPlatform('02'), ...callingPlatform('03'), ...between()])
        await inject(running, 'c02send')
        assertDelivered(await comms.debug('c02d1'))
        assert.deepEqual((await comms.debug('c03d1')).payload, sent())
        assertDelivered(await comms.debug('c04ok'))

        const page = JSON.stringify((await comms.debug('probe')).payload)
        assert.match(page, /^\{"msgtype":"text","text":\{"content":"危急值（1级.*尾号\d{4}/)
        assert.doesNotMatch(page, PATIENT)
        assert.equal((await comms.debug('c04dpage')).crisis?.page?.channel, '企业微信')
        assert.ok(!comms.hasDebugged('c04nopage'))
      })

      it('says that nobody was paged where the robot answers anything but errcode 0', async () => {
        const refusing = between().map((node) =>
          node.id === 'c04robotok'
            ? {
                ...node,
                rules: [
                  { t: 'set', p: 'payload', pt: 'msg', to: '{"errcode":93000}', tot: 'json' },
                ],
              }
            : node,
        )
        await deploy([...callingPlatform('02'), ...callingPlatform('03'), ...refusing])
        await inject(running, 'c02send')
        assert.equal((await comms.debug('c04nopage')).crisis?.page?.code, 'WECOM_93000')
        // What waits would come out in a later test.
        assertDelivered(await comms.debug('c04ok'))
        assert.ok(!comms.hasDebugged('c04dpage'))
      })

      it('carries the feedback back the same way', async () => {
        await deploy([...callingPlatform('02'), ...callingPlatform('03'), ...between()])
        await inject(running, 'c02send')
        assertDelivered(await comms.debug('c04ok'))
        await inject(running, 'c03send')
        assertDelivered(await comms.debug('c03d2'))
        assert.deepEqual((await comms.debug('c02d3')).payload, fedBack())
        assertDelivered(await comms.debug('c04ok2'))
        for (const id of ['c02d2', 'c02d4', 'c03d3', 'c03d4', 'c04d4', 'c04bad', 'c04bad2'])
          assert.ok(!comms.hasDebugged(id), id)
      })

      it('keeps what it has stored while the HIS is down, pages at once, and delivers when it is back', async () => {
        await deploy([...callingPlatform('02'), ...between()])
        await inject(running, 'c02send')
        assertDelivered(await comms.debug('c02d1'))
        assert.doesNotMatch(JSON.stringify((await comms.debug('probe')).payload), PATIENT)
        await comms.showsLike('c04out', /^red unreachable\b.* 1 /)
        await deploy([...callingPlatform('02'), ...callingPlatform('03'), ...between()])
        assert.deepEqual((await comms.debug('c03d1')).payload, sent())
        const { crisis } = await comms.debug('c04ok')
        assert.equal(crisis?.outcome?.class, 'delivered')
        for (const id of ['c04bad', 'c04d4']) assert.ok(!comms.hasDebugged(id), id)
      })
    })

    describe('those of a hospital, side by side', () => {
      before(() => deploy(HOSPITAL.flatMap((number) => exampleFlows(number, ports, running.port))))
      hospitalExamples(() => ({ running, comms }))
    })

    it('print no error', () => assert.deepEqual(errorsIn(running.log()), []))
  })
}
