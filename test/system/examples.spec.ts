import assert from 'node:assert/strict'
import type { FlowMessage } from '../../nodes/lib/message.js'
import { CRISIS, FEEDBACK } from '../support/calls.js'
import { Comms } from '../support/comms.js'
import type { FlowNode } from '../support/flow-node.js'
import { followLoop } from '../support/loop.js'
import type { RunningNodeRed } from '../support/node-red.js'
import {
  CELLS,
  errorsIn,
  exampleFlows,
  EXAMPLES,
  freePorts,
  inject,
  readExample,
  startCell,
  stopCell,
  type Ports,
} from './cells.js'

const CORE = ['tab', 'comment', 'inject', 'debug', 'catch', 'delay', 'change']
const CORE_HTTP = ['http in', 'http response', 'http request']
const PATIENT = /00000001|C0001|123415|胎盘|加急|管理员|040002/

describe('the examples', () => {
  it('are four', () =>
    assert.deepEqual(
      EXAMPLES.map((name) => name.slice(0, 2)),
      ['01', '02', '03', '04'],
    ))

  for (const name of EXAMPLES) {
    it(`${name} needs no function node and nobody else’s nodes, and is explained`, () => {
      const text = readExample(name)
      const nodes = JSON.parse(text) as FlowNode[]
      for (const { type } of nodes) {
        const known =
          [...CORE, ...CORE_HTTP].includes(type) || /^(?:crisis |generic response$)/.test(type)
        assert.ok(known, type)
      }
      const comments = nodes.filter(({ type }) => type === 'comment')
      assert.ok(comments.length > 0)
      for (const { info } of comments) assert.match(String(info), /[\u4e00-\u9fff][^]*[a-z]{4}/)
      const ids = nodes.map(({ id }) => id)
      assert.equal(new Set(ids).size, ids.length)
      for (const { wires = [] } of nodes) for (const id of wires.flat()) assert.ok(ids.includes(id))
      // Only the loopback, so that an imported example calls nobody.
      for (const [host] of text.matchAll(/https?:\/\/[^/"]+/g))
        assert.match(host, /\/127\.0\.0\.1:\d+$/)
      assert.ok(
        nodes.some(({ type }) => type === 'catch'),
        'failures are caught',
      )
    })
  }

  it('share no ids, so that all can be imported side by side', () => {
    const ids = EXAMPLES.flatMap((name) =>
      (JSON.parse(readExample(name)) as FlowNode[]).map(({ id }) => id),
    )
    assert.equal(new Set(ids).size, ids.length)
  })
})

for (const cell of CELLS) {
  describe(`the examples in ${cell.name}`, function () {
    this.timeout(60_000)
    let running: RunningNodeRed
    let comms: Comms
    let ports: Ports

    before(async function () {
      if (cell.skip) {
        console.log(`      skipped: ${cell.skip}`)
        this.skip()
      }
      this.timeout(120_000)
      running = await startCell(cell)
      ports = await freePorts()
      comms = await Comms.open(running.url)
    })

    after(async () => {
      comms?.close()
      await stopCell(running)
    })

    const example = (number: string): FlowNode[] => exampleFlows(number, ports, running.port)
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

    it('02 and 03 talk to each other, both ways', async () => {
      await deploy([...example('02'), ...example('03')])
      await inject(running, 'c02send')
      assertDelivered(await comms.debug('c02d1'))
      assert.deepEqual((await comms.debug('c03d1')).payload, CRISIS)
      await inject(running, 'c03send')
      assertDelivered(await comms.debug('c03d2'))
      const { payload, crisis } = await comms.debug('c02d3')
      assert.deepEqual(payload, FEEDBACK)
      assert.equal(crisis?.stage, 'processed')
      for (const id of ['c02d2', 'c02d4', 'c03d3', 'c03d4']) assert.ok(!comms.hasDebugged(id), id)
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

      it('answers the PACS 0 only after the HIS has said 0, and pages without patient data', async () => {
        await deploy([...callingPlatform('02'), ...callingPlatform('03'), ...between()])
        await inject(running, 'c02send')
        assertDelivered(await comms.debug('c02d1'))
        assert.deepEqual((await comms.debug('c03d1')).payload, CRISIS)
        const order = [
          comms.placeOf('c03resp', 'green answered'),
          comms.placeOf('c04out', 'green delivered'),
          comms.placeOf('c04ok', 'green answered'),
          comms.placeOf('c02out', 'green delivered'),
        ]
        assert.deepEqual(
          order.toSorted((a, b) => a - b),
          order,
        )
        assert.ok(order[0]! >= 0)

        const page = JSON.stringify((await comms.debug('probe')).payload)
        assert.match(page, /^\{"msgtype":"text","text":\{"content":".*#[0-9A-F]{6}/)
        assert.doesNotMatch(page, PATIENT)
        const paged = await comms.debug('c04dpage')
        assert.deepEqual(paged.payload, { errcode: 0, errmsg: 'ok' })
      })

      it('carries the feedback back the same way', async () => {
        await inject(running, 'c03send')
        assertDelivered(await comms.debug('c03d2'))
        assert.deepEqual((await comms.debug('c02d3')).payload, FEEDBACK)
        const order = [
          comms.placeOf('c02resp', 'green answered'),
          comms.placeOf('c04fb', 'green delivered'),
          comms.placeOf('c03fb', 'green delivered'),
        ]
        assert.deepEqual(
          order.toSorted((a, b) => a - b),
          order,
        )
        for (const id of ['c02d2', 'c02d4', 'c03d3', 'c03d4', 'c04d4', 'c04dbad', 'c04dbad2'])
          assert.ok(!comms.hasDebugged(id), id)
      })

      it('answers the PACS 503 with the reason while the HIS is down, and pages all the same', async () => {
        await deploy([...callingPlatform('02'), ...between()])
        await inject(running, 'c02send')
        const { crisis, payload } = await comms.debug('c02d2')
        assert.deepEqual(payload, CRISIS, 'who is to telephone sees what about')
        assert.equal(crisis?.outcome?.class, 'rejected')
        assert.equal(crisis?.outcome?.reply?.code, '503')
        const why = await comms.debug('c04dbad')
        assert.equal(why.crisis?.outcome?.class, 'unreachable')
        assert.equal(why.crisis?.outcome?.code, 'PEER_UNREACHABLE')
        assert.equal(crisis?.outcome?.reply?.desc, why.crisis?.outcome?.reason)
        const caught = (await comms.debug('c04d4')).error as { code: string }
        assert.equal(caught.code, 'PEER_UNREACHABLE')
        assert.doesNotMatch(JSON.stringify((await comms.debug('probe')).payload), PATIENT)
        await comms.shows('c04in', 'red refused')
        await comms.shows('c02out', 'red rejected')
        assert.ok(!comms.hasDebugged('c02d1'))
      })

      it('delivers what is sent again once the HIS is back', async () => {
        await deploy([...callingPlatform('02'), ...callingPlatform('03'), ...between()])
        await inject(running, 'c02send')
        assertDelivered(await comms.debug('c02d1'))
      })
    })

    it('print no error', () => assert.deepEqual(errorsIn(running.log()), []))
  })
}
