import assert from 'node:assert/strict'
import type { Caller } from '../../src/ledger/index.js'
import { OPERATIONS } from '../../src/soap/index.js'
import { answerOf, crisisXml, feedbackXml } from '../support/calls.js'
import { Flow, inNode, register, service } from '../support/flow.js'
import { freePort } from '../support/node-red.js'
import { exchange } from '../support/raw-http.js'
import { MEDIA_TYPES, type SoapForm } from '../support/soap-form.js'
import { ENVELOPE_FORMS } from '../support/soap-forms.js'
import { HTTP_FORMS } from '../support/soap-forms-http.js'

const NAME = '胎盘早剥 𠮷😀 <&> "\''
const PATH = '/crisis'

/** The two places where an address of ours can stand, in real Node-RED. */
for (const mount of ['node-red', 'port'] as const) {
  describe(`every form in which a stack sends, on ${mount === 'port' ? 'a port of its own' : "Node-RED's port"}`, () => {
    let flow: Flow
    let port: number

    before(async () => {
      port = await freePort()
      const services = (id: string, settings: object) => [
        service({ id, mount, port: String(port), ...settings }),
        inNode({ id: `${id}Crisis`, service: id, emitResends: true, wires: [['crises']] }),
        inNode({
          id: `${id}Feedback`,
          type: 'crisis feedback in',
          service: id,
          wires: [['feedback']],
        }),
      ]
      flow = await Flow.load([
        ...services('service', {}),
        ...services('lenient', { path: '/gbk', allowGbk: true }),
        ...services('strict', { path: '/strict', strict: true }),
        register('callers'),
      ])
      for (const id of ['service', 'lenient', 'strict']) {
        await flow.shows(`${id}Crisis`, 'listening')
        await flow.shows(`${id}Feedback`, 'listening')
      }
      if (mount === 'node-red') port = Number(new URL(await flow.httpNode()).port)
    })

    after(() => flow.unload())

    const ask = async (
      row: SoapForm,
      path: string,
      operation: (typeof OPERATIONS)[number],
      document: string,
    ) => {
      const request = row.make({ operation, version: '1.1', document })
      const usual = { 'Content-Type': `${MEDIA_TYPES['1.1']}; charset=utf-8`, SOAPAction: '""' }
      return answerOf({ ...(await exchange(port, path, request, usual)), headers: {} })
    }

    // The envelopes are read the same way wherever they come in: one of each wrapping stands for them.
    const rows = [
      ...ENVELOPE_FORMS.filter(({ about }) => /multiRef|CDATA$|twice|inline|WSDL/.test(about)),
      ...HTTP_FORMS,
    ]
    for (const [index, row] of rows.entries()) {
      it(`${row.about}: reaches the flow exactly`, async () => {
        const path = row.allowGbk ? '/gbk' : PATH
        const ExamNo = `${index}`
        const crisis = crisisXml({ ExamNo, CrisisName: NAME })
        assert.equal((await ask(row, path, 'SynCrisisInfo', crisis)).code, '0')
        const { payload, crisis: context } = await flow.inbox('crises').next()
        assert.equal((payload as { CrisisName: string }).CrisisName, NAME)
        assert.deepEqual(context?.form?.deviations, row.deviations)
        assert.equal(context?.form?.version, '1.1')

        const ProcessResult = `${NAME} ${index}`
        const feedback = feedbackXml('L', { ExamNo, ProcessResult })
        assert.equal((await ask(row, path, 'SynCrisisResponseInfo', feedback)).code, '0')
        const told = await flow.inbox('feedback').next()
        assert.equal((told.payload as { ProcessResult: string }).ProcessResult, ProcessResult)
        assert.deepEqual(told.crisis?.form?.deviations, row.deviations)

        if (row.allowGbk) return
        // Known and closed by now: it is counted and not handed on.
        const strict = await ask(row, '/strict', 'SynCrisisInfo', crisis)
        assert.equal(strict.code, row.deviations.length === 0 ? '0' : '400')
      })
    }

    it('tells who speaks how', async () => {
      flow.send('register', {})
      const { payload } = await flow.inbox('found').next()
      const callers = payload as readonly Caller[]
      assert.ok(callers.length > 20)
      assert.ok(callers.every(({ remoteAddress }) => remoteAddress === '127.0.0.1'))
      assert.deepEqual([...new Set(callers.map((one) => one.service))].toSorted(), [
        'lenient',
        'service',
        'strict',
      ])
      const toolkits = callers.map(({ form }) => (form as { toolkit: string }).toolkit)
      assert.ok(toolkits.includes('Axis 1.4'))
      const canonical = callers.find(
        ({ form, service, operation }) =>
          service === 'service' &&
          operation === 'SynCrisisInfo' &&
          (form as { toolkit: string; deviations: unknown[] }).toolkit === '' &&
          (form as { deviations: unknown[] }).deviations.length === 0,
      )
      assert.ok((canonical?.calls ?? 0) > 1)
      assert.doesNotMatch(JSON.stringify(callers), /胎盘|张三|script/)
    })
  })
}
