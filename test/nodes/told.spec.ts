import assert from 'node:assert/strict'
import { ledgerError } from '../../src/store/errors.js'
import { callWith, crisisXml, envelopeOf, FEEDBACK, feedbackXml, post } from '../support/calls.js'
import { Flow, inNode, register, service, type FlowNode } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

describe('what a receiving node tells people', () => {
  let flow: Flow
  let url: string

  afterEach(() => flow.unload())

  async function load(
    settings = {},
    nodes: readonly FlowNode[] = [inNode()],
    credentials: Readonly<Record<string, object>> = {},
  ): Promise<void> {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    flow = await Flow.load(
      [service({ port: String(port), name: '放射科', ...settings }), ...nodes, register('refused')],
      { credentials },
    )
    await flow.shows(nodes.at(-1)!.id, 'listening')
  }
  const send = (document: string): ReturnType<typeof callWith> =>
    callWith(url, 'SynCrisisInfo', document)
  const asked = async (payload: unknown): Promise<unknown> => {
    flow.send('register', { payload })
    return (await flow.inbox('found').next()).payload
  }

  it('is who was refused, for which exam, and the number of the bytes that came', async () => {
    await load()
    const cut = crisisXml({ ExamNo: 'E-7', ApplyNo: 'A&7' }).slice(0, -9)
    assert.equal((await send(cut)).code, '400')
    const { code, msg } = await flow.caught()
    assert.equal(code, 'XML_NOT_WELL_FORMED')
    const { refusal, ...told } = msg.crisis ?? {}
    assert.deepEqual(told, {
      operation: 'SynCrisisInfo',
      service: '放射科',
      caller: '127.0.0.1',
      ExamNo: 'E-7',
    })
    assert.equal(typeof refusal, 'number')
    const list = (await asked('')) as readonly { id: number; code: string; size: number }[]
    const [shown] = list
    assert.deepEqual([list.length, shown?.id, shown?.code], [1, refusal, code])
    const { raw, remoteAddress } = (await asked({ id: refusal })) as {
      raw: Buffer
      remoteAddress: string
    }
    assert.equal(remoteAddress, '127.0.0.1')
    assert.equal(raw.toString(), envelopeOf('SynCrisisInfo', cut))
    assert.equal(shown?.size, raw.length)
    flow.send('register', { payload: { id: 99 } })
    assert.equal((await flow.caught()).code, 'REGISTER_NONE')
  })

  it('is the caller also where no envelope can be read', async () => {
    await load()
    await post(url, '<ExamNo>E-8</ExamNo>')
    const { msg } = await flow.caught()
    assert.deepEqual(
      [msg.crisis?.caller, msg.crisis?.ExamNo, msg.crisis?.operation],
      ['127.0.0.1', 'E-8', undefined],
    )
    assert.equal(typeof msg.crisis?.refusal, 'number')
  })

  it('is the bytes of what was refused for another reason than its form', async () => {
    await load({ licenceCheck: true }, [inNode({ type: 'crisis feedback in', wires: [['one']] })], {
      service: { licences: JSON.stringify([{ application: 'HIS', licence: 'issued-7' }]) },
    })
    const say = (licence: string) =>
      callWith(url, 'SynCrisisResponseInfo', feedbackXml(licence, { ExamNo: 'E-9' }))
    for (const [licence, answer, reason] of [
      ['wrong-one', '401', 'LICENCE_REFUSED'],
      ['issued-7', '404', 'FEEDBACK_ORPHAN'],
    ] as const) {
      assert.equal((await say(licence)).code, answer)
      const { code, msg } = await flow.caught()
      assert.deepEqual([code, msg.crisis?.ExamNo], [reason, 'E-9'])
      const { raw } = (await asked({ id: msg.crisis?.refusal })) as { raw: Buffer }
      assert.match(raw.toString(), /E-9/)
      assert.ok(!raw.includes(licence))
    }
    // A flood is told once, and only what is told has a number.
    for (let call = 0; call < 5; call++) assert.equal((await say('wrong-one')).code, '401')
    assert.equal(((await asked('')) as readonly unknown[]).length, 2)
  })

  it('is the bytes of what a ledger that works could not store', async () => {
    await load()
    const { engine } = await flow.ledger((ledger) => Promise.resolve(ledger))
    const run = engine.run.bind(engine)
    engine.run = (name, ...rest) =>
      name === 'storeCrises' ? Promise.reject(ledgerError('LEDGER_REFUSED')) : run(name, ...rest)
    assert.equal((await send(crisisXml({ ExamNo: 'E-5' }))).code, '500')
    engine.run = run
    const { code, msg } = await flow.caught()
    assert.deepEqual([code, msg.crisis?.ExamNo], ['LEDGER_REFUSED', 'E-5'])
    const { raw } = (await asked({ id: msg.crisis?.refusal })) as { raw: Buffer }
    assert.match(raw.toString(), /E-5/)
  })

  it('is the control character that a document is refused for', async () => {
    await load()
    for (const [written, name] of [
      ['\u0001', 'U+0001'],
      ['&#x1F;', 'U+001F'],
      ['&#0;', 'U+0000'],
    ] as const) {
      const answer = await send(crisisXml({ CrisisMemo: '此处' }).replace('此处', `前${written}后`))
      assert.equal(answer.code === '0', false)
      assert.match((await flow.caught()).message, new RegExp(name.replace('+', '\\+')))
    }
  })

  it('is a mark in the place of a control character, where the service is set so', async () => {
    await load({ markControls: true })
    const memo = '前\u0001&#x1F;&#0;\uffff后&#10;&#x41;'
    assert.equal((await send(crisisXml({ CrisisMemo: '此处' }).replace('此处', memo))).code, '0')
    const { payload, crisis } = await flow.inbox('one').next()
    assert.equal((payload as { CrisisMemo: string }).CrisisMemo, '前␁␟␀␦后\nA')
    assert.deepEqual(crisis?.flags, ['controlCharacters'])
    assert.equal((await send(crisisXml({ ExamNo: '2' }))).code, '0')
    assert.deepEqual((await flow.inbox('one').next()).crisis?.flags, [])
  })

  describe('of feedback whose time cannot be read', () => {
    const feedback = inNode({ id: 'feedback', type: 'crisis feedback in', wires: [['said']] })
    const asOpen = async () => {
      const [alert, ...more] = await flow.ledger((ledger) => ledger.run('openAlerts', { limit: 9 }))
      assert.deepEqual(more, [])
      return alert && [alert.stage, alert.timeUnreadable]
    }
    const say = (changes: object) =>
      callWith(url, 'SynCrisisResponseInfo', feedbackXml('', changes))

    beforeEach(async () => {
      await load({}, [inNode(), feedback])
      assert.equal((await send(crisisXml())).code, '0')
      await flow.shows('in', 'listening')
    })

    it('is that, once, and the alert shows it until somebody says so with a time', async () => {
      const late = { ProcessTime: '25:77' }
      assert.deepEqual(await asOpen(), ['stored', false])
      assert.equal((await say(late)).code, '0')
      const { code, msg } = await flow.caught()
      assert.equal(code, 'FEEDBACK_TIME')
      assert.equal(msg.crisis?.ExamNo, FEEDBACK.ExamNo)
      assert.deepEqual((await flow.inbox('said').next()).crisis?.flags, [
        'processIncomplete',
        'timeUnreadable',
        'selfAck',
      ])
      assert.deepEqual(await asOpen(), ['received', true])
      await flow.becomes('feedback', 'yellow timeUnreadable 1')
      assert.equal((await say(late)).code, '0')
      await flow.settle()
      assert.equal(flow.inbox('caught').all.length, 1)
      assert.equal((await say({})).code, '0')
      assert.equal(await asOpen(), undefined)
      await flow.becomes('feedback', 'green listening')
    })

    it('is that of a reception alone, and of a time that is missing', async () => {
      const nothing = { code: '', name: '' }
      const received = { ProcessStaff: nothing, ProcessResult: '', ProcessSuggest: '' }
      const unprocessed = { ...received, ProcessDate: '', ProcessTime: '' }
      assert.equal((await say({ ...unprocessed, CrisisReceiveDate: '05/06/2026' })).code, '0')
      assert.equal((await flow.caught()).code, 'FEEDBACK_TIME')
      assert.deepEqual(await asOpen(), ['stored', true])
      assert.equal((await say({ ...unprocessed, CrisisReceiveDate: '' })).code, '0')
      assert.equal((await flow.caught()).code, 'FEEDBACK_TIME')
      // A reception that can be read says all that they said.
      assert.equal((await say(unprocessed)).code, '0')
      assert.deepEqual(await asOpen(), ['received', false])
      assert.equal(flow.inbox('caught').all.length, 2)
    })

    it('is nothing of feedback on a content that was corrected since', async () => {
      assert.equal((await say({ ProcessDate: '', CrisisReceiveDate: '' })).code, '0')
      assert.deepEqual(await asOpen(), ['stored', true])
      assert.equal((await send(crisisXml({ CrisisMemo: '更正' }))).code, '0')
      assert.deepEqual(await asOpen(), ['stored', false])
    })
  })
})
