import assert from 'node:assert/strict'
import { Ledger } from '../../src/ledger/index.js'
import type { CrisisFeedback } from '../../src/messages/index.js'
import {
  callWith,
  CRISIS,
  crisisXml,
  envelopeOf,
  FEEDBACK,
  feedbackXml,
  post,
} from '../support/calls.js'
import { Flow, inNode, response, service, type FlowNode } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const LICENCES = {
  service: {
    licences: JSON.stringify([
      { application: 'HIS', licence: '0000001' },
      { application: 'HIS', licence: 'next-year' },
      { application: 'EMR', licence: 'e-1' },
    ]),
  },
}

describe('the receiving nodes', () => {
  let flow: Flow
  let url: string

  afterEach(() => flow.unload())

  const load = async (
    nodes: readonly FlowNode[],
    settings: Readonly<Record<string, unknown>> = {},
    credentials: Readonly<Record<string, object>> = LICENCES,
  ): Promise<void> => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    flow = await Flow.load([service({ port: String(port), ...settings }), ...nodes], {
      credentials,
    })
    await flow.shows('in', 'listening')
  }
  const send = (document: string): ReturnType<typeof callWith> =>
    callWith(url, 'SynCrisisInfo', document)
  const sendFeedback = (document: string): ReturnType<typeof callWith> =>
    callWith(url, 'SynCrisisResponseInfo', document)

  const withResponse = (settings = {}): readonly FlowNode[] => [
    inNode({ wires: [['response', 'one']], ...settings }),
    response(),
  ]
  const feedbackIn = [
    ...withResponse({ type: 'crisis feedback in' }),
    inNode({ id: 'crises', wires: [] }),
  ]
  /** Feedback is for critical values that are known. */
  async function loadFeedback(settings = {}, credentials = LICENCES): Promise<void> {
    await load(feedbackIn, settings, credentials)
    await flow.shows('crises', 'listening')
    assert.equal((await send(crisisXml())).code, '0')
  }

  it('ask the ledger once a call, and look for nothing where nothing waits', async () => {
    await load(withResponse())
    assert.equal((await send(crisisXml())).code, '0')
    const asked = await countingQueries(async () => {
      for (let n = 0; n < 20; n++) {
        assert.equal((await send(crisisXml({ ExamNo: `many-${n}` }))).code, '0')
        await flow.inbox('one').next()
      }
    })
    assert.equal(asked.get('storeCrises'), 20)
    // A node looks for itself every five seconds, and what is kept of callers is written about once a minute.
    const others = [...asked].filter(([name]) => name !== 'storeCrises')
    const sum = others.reduce((total, [, count]) => total + count, 0)
    assert.ok(sum < 10, JSON.stringify(others))
  })

  it('hand over the document with its own names, and what is ours beside it', async () => {
    await load(withResponse({ answer: 'flow' }), { name: '放射科' })
    await send(crisisXml({ CrisisMemo: '< & ]]> 汉字 𠮷 😀\ttab\nLF' }))
    const msg = await flow.inbox('one').next()
    assert.deepEqual(msg.payload, { ...CRISIS, CrisisMemo: '< & ]]> 汉字 𠮷 😀\ttab\nLF' })
    const { id, key, call, owed, receivedAt, ...context } = msg.crisis ?? {}
    assert.deepEqual(context, {
      operation: 'SynCrisisInfo',
      service: '放射科',
      stage: 'stored',
      revision: 1,
      setAt: '2014-06-16T16:33:27+08:00',
      form: {
        version: '1.1',
        style: 'literal',
        namespace: 'other',
        parameter: 'req',
        wrapping: 'escaped',
        charset: 'utf-8',
        charsetFrom: 'contentType',
        coding: 'identity',
        multipart: false,
        toolkit: '',
        deviations: ['namespace', 'parameter'],
      },
      flags: [],
    })
    assert.match(`${id} ${key}`, /^[0-9a-f]{64} [0-9a-f]{64}$/)
    assert.match(call ?? '', /^[0-9a-f-]{36}$/)
    assert.match(owed ?? '', /^[0-9a-f]+\/\d+$/)
    assert.match(receivedAt ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+\+08:00$/)
    assert.deepEqual(JSON.parse(JSON.stringify(msg)), structuredClone(msg))
    assert.deepEqual(flow.statuses('in'), [
      'blue busy',
      'green listening',
      'blue waiting',
      'green listening',
    ])
  })

  it('know the same critical value again, and tell another one', async () => {
    await load(withResponse({ emitResends: true }))
    for (const document of [crisisXml(), crisisXml(), crisisXml({ CrisisName: '脑出血' })]) {
      assert.equal((await send(document)).code, '0')
    }
    const [first, again, other] = flow.inbox('one').all.map(({ crisis }) => crisis)
    assert.equal(again?.id, first?.id)
    assert.deepEqual(again?.flags, ['resend'])
    assert.notEqual(other?.id, first?.id)
    assert.equal(other?.key, first?.key)
  })

  it('answer 0 as soon as it is stored, without any flow behind them', async () => {
    await load([inNode({ wires: [] })])
    assert.equal((await send(crisisXml())).code, '0')
    const open = await flow.ledger((ledger) => ledger.run('openAlerts', { limit: 9 }))
    assert.deepEqual(
      open.map(({ ExamNo, stage }) => [ExamNo, stage]),
      [['00000001', 'stored']],
    )
  })

  it('accept what is incomplete, and say what is missing', async () => {
    await load(withResponse())
    const answer = await send('<XmlDocument><Crisis><ApplyNo>7</ApplyNo></Crisis></XmlDocument>')
    assert.equal(answer.code, '0')
    const { payload, crisis } = await flow.inbox('one').next()
    assert.deepEqual(payload, { ApplyNo: '7' })
    assert.equal(crisis?.setAt, null)
    assert.ok(crisis?.flags?.includes('examNoMissing'))
    assert.ok(crisis?.flags?.includes('setTimeMissing'))
  })

  it('flag text that was damaged before, and tell of it once for each caller and cause', async () => {
    await load(withResponse())
    const damaged = { CrisisName: '????', CrisisMemo: '?????' }
    assert.equal((await send(crisisXml(damaged))).code, '0')
    assert.equal((await send(crisisXml({ ...damaged, ExamNo: '2' }))).code, '0')
    assert.equal((await send(crisisXml({ ExamNo: '3', CrisisName: '锟斤拷锟斤拷' }))).code, '0')
    assert.equal((await send(crisisXml({ ExamNo: '4' }))).code, '0')
    const flags = flow.inbox('one').all.map(({ crisis }) => crisis?.flags)
    assert.deepEqual(flags, [
      ['textDamaged', 'charactersAsQuestionMarks'],
      ['textDamaged', 'charactersAsQuestionMarks'],
      ['textDamaged', 'charactersReplaced'],
      [],
    ])
    const { code, message } = await flow.caught()
    assert.equal(code, 'TEXT_DAMAGED')
    assert.match(message, /127\.0\.0\.1.*question marks/)
    assert.match((await flow.caught()).message, /already lost/)
    assert.equal(flow.inbox('caught').all.length, 2)
  })

  it('keep elements that the document does not know', async () => {
    await load(withResponse())
    const ward = '<Ward code="7"><Bed>12</Bed></Ward>'
    await send(crisisXml().replace('</Crisis>', `${ward}</Crisis>`))
    const { payload } = await flow.inbox('one').next()
    const bed = { name: 'Bed', prefix: '', attributes: {}, children: [], text: '12' }
    const extra = [{ ...bed, name: 'Ward', attributes: { code: '7' }, children: [bed], text: '' }]
    assert.deepEqual(structuredClone(payload), { ...CRISIS, extra })
  })

  it('answer 0 for several only when each was accepted, and name the bad ones (A28)', async () => {
    await load(withResponse())
    const crisis = (ExamNo: string): string =>
      crisisXml({ ExamNo, ApplyNo: '' }).replace(/^.*?<Crisis>|<\/Crisis>.*$/g, '')
    const several = (...numbers: string[]): string =>
      `<XmlDocument>${numbers.map((no) => `<Crisis>${crisis(no)}</Crisis>`).join('')}</XmlDocument>`
    assert.equal((await send(several('1', '2', '3'))).code, '0')
    assert.equal(flow.inbox('one').all.length, 3)
    const answer = await send(several('4', '', '5', ' '))
    assert.equal(answer.code, '422')
    assert.match(answer.desc, /第 2、4 条/)
    assert.equal((await flow.caught()).code, 'PARTLY_REFUSED')
    const numbers = flow
      .inbox('one')
      .all.map(({ payload }) => (payload as { ExamNo: string }).ExamNo)
    assert.deepEqual(numbers, ['1', '2', '3', '4', '5'], 'the good ones stay accepted')
    await flow.settle()
    assert.equal(flow.inbox('caught').all.length, 1)
  })

  it('hand over feedback with how far it goes, and never its licence', async () => {
    await loadFeedback({ licenceCheck: true })
    assert.equal((await sendFeedback(feedbackXml('0000001'))).code, '0')
    const msg = await flow.inbox('one').next()
    assert.deepEqual(msg.payload, FEEDBACK)
    assert.equal(msg.crisis?.stage, 'processed')
    assert.equal(msg.crisis?.application, 'HIS')
    assert.equal(msg.crisis?.processAt, '2014-06-16T16:43:27+08:00')
    assert.doesNotMatch(JSON.stringify(msg), /0000001[^"]*licen|License/i)
    const received: Partial<CrisisFeedback> = { ProcessResult: '\u3000', ProcessDate: '' }
    await sendFeedback(feedbackXml('0000001', received))
    assert.equal((await flow.inbox('one').next()).crisis?.stage, 'received', 'a space is no result')
  })

  it('give a crisis and its feedback the same key', async () => {
    await load(
      [
        inNode({ wires: [['response', 'one']] }),
        inNode({ id: 'in2', type: 'crisis feedback in', wires: [['response', 'two']] }),
        response(),
      ],
      { licenceCheck: true },
    )
    await flow.shows('in2', 'listening')
    await send(crisisXml())
    await sendFeedback(feedbackXml('0000001'))
    const crisis = await flow.inbox('one').next()
    const feedback = await flow.inbox('two').next()
    assert.equal(crisis.crisis?.key, feedback.crisis?.key)
  })

  const ALLOWED: readonly (readonly [application: string, licence: string])[] = [
    ['HIS', '0000001'],
    ['HIS', 'next-year'],
    ['EMR', ' e-1 '],
  ]
  const REFUSED: Readonly<Record<string, string>> = {
    'a wrong licence': feedbackXml('0000002'),
    'a licence of another application': feedbackXml('e-1'),
    'an application that has none': feedbackXml('0000001', {}, 'LIS'),
    'a blank licence': feedbackXml(' '),
    'no licence': feedbackXml('x').replace('<License>x</License>', ''),
    'no header': feedbackXml('x').replace(/<Header>.*<\/Header>/, ''),
    'a wrong licence and nothing to say': feedbackXml('x', { ExamNo: '', ApplyNo: '' }),
  }

  it('accept each licence that was issued', async () => {
    await loadFeedback({ licenceCheck: true })
    for (const [application, licence] of ALLOWED) {
      const { code } = await sendFeedback(feedbackXml(licence, {}, application))
      assert.equal(code, '0', licence)
    }
  })

  for (const [name, document] of Object.entries(REFUSED)) {
    it(`refuse ${name}: 401, and no word of the licence anywhere`, async () => {
      await loadFeedback({ licenceCheck: true })
      const reply = await post(url, envelopeOf('SynCrisisResponseInfo', document))
      assert.equal(reply.status, 200)
      assert.match(reply.text, /&lt;code&gt;401&lt;\/code&gt;|<code>401<\/code>/)
      const caught = await flow.caught()
      assert.equal(caught.code, 'LICENCE_REFUSED')
      assert.equal(flow.status('in'), 'red refused')
      await flow.settle()
      assert.equal(flow.inbox('one').all.length, 0)
      assert.equal(flow.inbox('caught').all.length, 1)
      assert.doesNotMatch(reply.text + flow.everythingShown(), /(?<!\d)000000[12]|next-year|e-1/)
    })
  }

  it('take two different licences in one document for none', async () => {
    await loadFeedback({ licenceCheck: true })
    const two = feedbackXml('0000001').replace('</License>', '</License><License>x</License>')
    assert.equal((await sendFeedback(two)).code, '400')
    assert.equal((await flow.caught()).code, 'DOCUMENT_AMBIGUOUS')
  })

  it('refuse feedback that says nothing: 422', async () => {
    await loadFeedback({ licenceCheck: true })
    const empty = '<CrisisResponse><ExamNo>1</ExamNo><ProcessSuggest> </ProcessSuggest>'
    const document = feedbackXml('0000001').replace(
      /<CrisisResponse>.*(?=<\/CrisisResponse>)/,
      empty,
    )
    assert.equal((await sendFeedback(document)).code, '422')
    assert.equal((await flow.caught()).code, 'FEEDBACK_EMPTY')
  })

  it('ask for no licence where the check is off', async () => {
    await loadFeedback({ licenceCheck: false }, { service: { licences: '' } })
    assert.equal((await sendFeedback(feedbackXml('anything'))).code, '0')
  })

  it('answer 503 when the flow says nothing in time, and tell Catch', async () => {
    await load([inNode({ answer: 'flow' })], { answerSeconds: '1' })
    const answer = await send(crisisXml())
    assert.equal(answer.status, 200)
    assert.equal(answer.code, '503')
    assert.equal((await flow.caught()).code, 'ANSWER_LATE')
    await flow.shows('in', 'late')
    assert.equal(flow.inbox('one').all.length, 1)
  })

  it('show a refusal by the flow as one', async () => {
    await load([
      inNode({ answer: 'flow', wires: [['response']] }),
      response({ outcome: 'failure', code: '409', desc: '重复', descType: 'str' }),
    ])
    assert.deepEqual(await send(crisisXml()), { status: 200, code: '409', desc: '重复' })
    assert.equal(flow.status('in'), 'red refused')
    await flow.settle()
    assert.equal(flow.inbox('caught').all.length, 0, 'the flow itself refused: no error')
  })

  it('publish a WSDL with what they host', async () => {
    await load(withResponse())
    const reply = await post(`${url}?WSDL`, '', {})
    assert.equal(reply.status, 500, 'only GET asks for it')
    const wsdl = await (await fetch(`${url}?WSDL`)).text()
    assert.match(wsdl, /SynCrisisInfo/)
    assert.doesNotMatch(wsdl, /SynCrisisResponseInfo/)
    assert.ok(wsdl.includes(`location="${url}"`))
  })
})

/** How often each operation of a ledger is run meanwhile. */
async function countingQueries(work: () => Promise<void>): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  const run = Reflect.get(Ledger.prototype, 'run') as Ledger['run']
  Ledger.prototype.run = function (this: Ledger, ...args: Parameters<Ledger['run']>) {
    counts.set(args[0], (counts.get(args[0]) ?? 0) + 1)
    return Reflect.apply(run, this, args)
  } as Ledger['run']
  try {
    await work()
  } finally {
    Ledger.prototype.run = run
  }
  return counts
}
