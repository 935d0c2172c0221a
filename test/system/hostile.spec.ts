import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { DEFAULTS } from '../../nodes/settings/index.js'
import { answerOf, callWith, crisisXml, envelopeOf, post } from '../support/calls.js'
import { Comms } from '../support/comms.js'
import type { FlowNode } from '../support/flow-node.js'
import { freePort, type RunningNodeRed } from '../support/node-red.js'
import { attacksOn, GOOD } from './attacks.js'
import { errorsIn, OUTERMOST_CELLS, startCell, stopCell } from './cells.js'
import { exchange } from './exchange.js'

const ACCEPTED = /&lt;code&gt;0&lt;/

/** A call that the ledger does not know yet: a re-send would not wait for the flow. */
const callOf = (exam: string): string => envelopeOf('SynCrisisInfo', crisisXml({ ExamNo: exam }))

/**
 * What has been added to the process's `Object.prototype`, for the function node below: its own is another,
 * because it runs in a context of its own.
 */
const SETTINGS = `functionGlobalContext: {
    polluted: ((before) => () =>
      Object.getOwnPropertyNames(Object.prototype).filter((name) => !before.includes(name))
    )(Object.getOwnPropertyNames(Object.prototype)),
  },`

for (const cell of OUTERMOST_CELLS) {
  describe(`hostile bytes in ${cell.name}`, function () {
    this.timeout(60_000)
    let running: RunningNodeRed
    let comms: Comms
    let ownPort: number

    before(async function () {
      running = await startCell(cell, this, SETTINGS)
      comms = await Comms.open(running.url)
      ownPort = await freePort()
      await running.deploy(flows())
      for (const id of ['own-in', 'red-in', 'slow-in']) await comms.shows(id, 'green listening')
    })

    after(async () => {
      comms?.close()
      await stopCell(running)
    })

    const PATH = '/crisis'
    const flows = (): FlowNode[] => {
      const place = { z: 'tab', x: 0, y: 0 }
      const service = { ...DEFAULTS.service, type: 'crisis service', allow: '127.0.0.1' }
      const crisisIn = { ...DEFAULTS.in, ...place, type: 'crisis in' }
      return [
        { id: 'tab', type: 'tab' },
        {
          ...service,
          id: 'own',
          mount: 'port',
          host: '127.0.0.1',
          port: String(ownPort),
          path: PATH,
        },
        { ...service, id: 'red', mount: 'node-red', path: PATH },
        { ...service, id: 'slow', mount: 'node-red', path: '/slow' },
        { ...crisisIn, id: 'own-in', service: 'own', wires: [['response']] },
        { ...crisisIn, id: 'red-in', service: 'red', wires: [['response']] },
        // Nobody answers this one.
        { ...crisisIn, id: 'slow-in', service: 'slow', answer: 'flow', wires: [['shown']] },
        { ...DEFAULTS.response, ...place, id: 'response', type: 'generic response', wires: [[]] },
        { ...place, id: 'shown', type: 'debug', active: true, tosidebar: true, complete: 'true' },
        { ...place, id: 'catch', type: 'catch', wires: [['shown']] },
        {
          ...place,
          id: 'asked',
          type: 'http in',
          url: '/polluted',
          method: 'get',
          wires: [['polluted']],
        },
        {
          ...place,
          id: 'polluted',
          type: 'function',
          func: "msg.payload = global.get('polluted')()\nreturn msg",
          outputs: 1,
          wires: [['told']],
        },
        { ...place, id: 'told', type: 'http response', wires: [] },
      ] as FlowNode[]
    }
    const url = (port: number, path = PATH): string => `http://127.0.0.1:${port}${path}`

    for (const mount of ['a port of its own', 'Node-RED’s port']) {
      it(`leave ${mount} serving`, async () => {
        const port = mount.startsWith('a') ? ownPort : running.port
        for (const attack of attacksOn(PATH)) {
          const { name } = attack
          const answer = await exchange(port, attack)
          // Only what carries a whole call may be told that its critical value was taken over.
          if (attack.isWhole !== true) assert.doesNotMatch(answer, ACCEPTED, name)
          assert.doesNotMatch(answer, /node_modules|\n\s+at |root:/, `${name}: no stack, no file`)
          if (attack.says) assert.match(answer, attack.says, name)
          assert.equal(running.process.exitCode, null, name)
          const good = await callWith(url(port), 'SynCrisisInfo', crisisXml())
          assert.deepEqual(good, { status: 200, code: '0', desc: '成功' }, `after ${name}`)
          const polluted = await (await fetch(`${running.url}/polluted`)).json()
          assert.deepEqual(polluted, [], `${name} adds to Object.prototype`)
        }
      })
    }

    it('reach no other node of the same port', async () => {
      assert.equal((await fetch(`${running.url}/flows`)).status, 200)
      assert.equal((await post(url(running.port, '/nobody'), GOOD)).status, 404)
    })

    it('print no error of Node’s or of Node-RED’s', () => {
      assert.deepEqual(errorsIn(running.log()), [])
    })

    it('cannot come between a deploy and a call that is under way', async () => {
      comms.clear()
      const waiting = post(url(running.port, '/slow'), callOf('deploy'))
      await comms.shows('slow-in', 'blue waiting')
      await running.deploy(flows())
      const { code, desc } = answerOf(await waiting)
      assert.equal(code, '503')
      assert.match(desc, /重新部署/)
      await comms.shows('own-in', 'green listening')
      assert.equal((await callWith(url(ownPort), 'SynCrisisInfo', crisisXml())).code, '0')
    })

    it('cannot keep it from ending within 10 s, with calls and connections open', async () => {
      const idle = [ownPort, running.port].map((port) => connect(port, '127.0.0.1'))
      for (const socket of idle) socket.on('error', () => {})
      comms.clear()
      const waiting = post(url(running.port, '/slow'), callOf('end')).then(
        (reply) => answerOf(reply).code,
        () => 'hung up',
      )
      await comms.shows('slow-in', 'blue waiting')
      await running.stop()
      assert.equal(running.process.signalCode, null, 'not killed')
      assert.notEqual(await waiting, '0')
      for (const socket of idle) socket.destroy()
    })
  })
}
