import assert from 'node:assert/strict'
import { body, escape, returning, succeeding, TestPeer } from '../soap/remote-peer.js'
import { callWith, CRISIS, crisisXml, FEEDBACK, feedbackXml } from '../support/calls.js'
import { acknowledge, Flow, inNode, out, peer, register, service } from '../support/flow.js'
import { freePort } from '../support/node-red.js'
import { catalogueOf, LANGUAGES, readRoot } from './editor-half.js'
import { received } from './exam-flow.js'

type Row = Readonly<Record<string, unknown>>

const QUERIES = [
  ...(['open', 'find', 'trace', 'dead', 'parked', 'holds', 'depth', 'callers'] as const),
  ...(['refused', 'verify', 'replay', 'cancel', 'cancelAlert', 'lift', 'giveUp'] as const),
]

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+08:00$/
const WORDS = '标本号 A<7 不存在'
const TWO = { by: '张三', second: '李四', reason: '已核对' }

describe('an answer of crisis register', function () {
  this.timeout(20_000)
  let flow: Flow
  let remote: TestPeer
  let url: string

  beforeEach(async () => {
    remote = await TestPeer.open()
    remote.answer = body(
      returning(
        `<return>${escape(`<response><code>404</code><desc>${escape(WORDS)}</desc></response>`)}</return>`,
      ),
    )
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    flow = await Flow.load([
      service({ port: String(port), name: '放射科' }),
      inNode({ wires: [['came']] }),
      inNode({ id: 'in2', type: 'crisis feedback in', wires: [['told']] }),
      peer({ address: remote.origin, name: '检验科' }),
      out({ name: '上报' }),
      out({ id: 'back', type: 'crisis feedback out', name: '反馈', wires: [['sent'], ['unsent']] }),
      acknowledge(),
      ...QUERIES.map((query) => register(query, { id: query, wires: [[`${query}Found`]] })),
    ])
    await flow.shows('in', 'listening')
    await flow.shows('in2', 'listening')
  })

  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  const ask = async <T = readonly Row[]>(
    query: (typeof QUERIES)[number],
    payload: unknown = {},
  ) => {
    flow.send(query, { payload })
    return (await flow.inbox(`${query}Found`).next()).payload as T
  }
  const refused = async (query: (typeof QUERIES)[number], payload: unknown): Promise<string> => {
    flow.send(query, { payload })
    return (await flow.caught()).code
  }
  const crisis = async (changes = {}): Promise<void> => {
    assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml(changes))).code, '0')
    await flow.inbox('came').next()
  }
  const refuse = async (changes = {}): Promise<void> => {
    flow.send('out', { payload: { ...CRISIS, ...changes } })
    await flow.inbox('two').next()
    await flow.caught()
  }

  it('names exam, patient, peer, node, the words of the reply and when it was', async () => {
    await refuse({ SickNo: 'C0009' })
    const [row, ...more] = await ask('dead')
    assert.deepEqual(more, [])
    const { at, endedAt, id, alertId, reason, ...rest } = row!
    for (const time of [at, endedAt]) assert.match(String(time), ISO)
    assert.equal(typeof id, 'number')
    assert.equal(typeof alertId, 'string')
    assert.match(String(reason), /refused|rejected/i)
    assert.deepEqual(rest, {
      peer: '检验科',
      peerId: 'peer',
      node: '上报',
      nodeId: 'out',
      operation: 'SynCrisisInfo',
      state: 'dead',
      class: 'rejected',
      code: 'REPLY_REJECTED',
      reply: { code: '404', desc: WORDS },
      attempts: 1,
      ExamNo: CRISIS.ExamNo,
      ApplyNo: CRISIS.ApplyNo,
      SickNo: 'C0009',
    })
  })

  it('names the node of a feedback, whose document says what several have sent', async () => {
    await crisis()
    flow.send('back', { payload: received() })
    await flow.inbox('unsent').next()
    const [row] = await ask('dead')
    assert.deepEqual([row?.['node'], row?.['operation']], ['反馈', 'SynCrisisResponseInfo'])
  })

  it('can be handed back, row by row, to the question that comes next', async () => {
    await refuse()
    await refuse({ CrisisName: '脑出血', CrisisCode: '2' })
    const [first, second] = await ask('dead')
    const [trace, ...others] = await ask('trace', first)
    assert.deepEqual(others, [], 'of two findings of the exam, the one that the letter is of')
    assert.equal((trace!['summary'] as Row)['id'], first?.['alertId'])
    assert.equal((await ask('trace', { id: second?.['id'] })).length, 1)
    const open = await ask('open')
    assert.deepEqual(await ask('trace', open[0]), await ask('trace', { id: open[0]?.['id'] }))
    assert.equal((await ask<Row>('depth', first))['dead'], 2)
    assert.equal(await ask('cancel', { ...first, reason: '电话已通知' }), true)
    remote.answer = succeeding
    assert.equal((await ask<{ documents: unknown[] }>('replay', second)).documents.length, 1)
    await flow.inbox('one').next()
    const cancelled = await ask<Row>('cancelAlert', { ...open[0], ...TWO })
    assert.equal(cancelled['id'], open[0]?.['id'])
  })

  it('finds critical values by patient, exam, day and stage, closed ones too', async () => {
    await crisis({ ExamNo: '1', SickNo: 'C1' })
    await crisis({ ExamNo: '2', SickNo: 'C1' })
    await crisis({ ExamNo: '3', SickNo: 'C3' })
    const closing = { ...FEEDBACK, ...received(), ExamNo: '2' }
    const { CrisisReceiveDate: day, CrisisReceiveTime: time } = closing
    const said = feedbackXml('', { ...closing, ProcessDate: day, ProcessTime: time })
    assert.equal((await callWith(url, 'SynCrisisResponseInfo', said)).code, '0')
    const exams = async (payload: object): Promise<readonly unknown[]> =>
      (await ask('find', payload)).map((row) => row['ExamNo'])
    assert.deepEqual(await exams({ SickNo: 'C1' }), ['2', '1'])
    assert.deepEqual(await exams({ SickNo: 'C1', stage: 'closed' }), ['2'])
    assert.deepEqual(await exams({ from: day, stage: 'open' }), ['3', '1'])
    assert.deepEqual(await exams({ from: '2020-01-01', until: day, stage: 'processed' }), ['2'])
    assert.deepEqual(await exams({ from: '2020-01-01', until: '2020-12-31' }), [])
    assert.deepEqual(await exams({ from: '2020-01-01T00:00:00Z', ExamNo: '3' }), ['3'])
    assert.deepEqual(await exams({ from: '2099-01-01 08:30' }), [])
    assert.deepEqual(await exams({ SickNo: 'nobody' }), [], 'to find none is an answer')
    for (const [payload, code] of [
      [{}, 'REGISTER_SEARCH'],
      [{ stage: 'closed' }, 'REGISTER_SEARCH'],
      [{ SickNo: 'C1', stage: 'finished' }, 'REGISTER_STAGE'],
      [{ from: 'yesterday' }, 'REGISTER_TIME'],
      [{ from: '2026-02-30' }, 'REGISTER_TIME'],
    ] as const) {
      assert.equal(await refused('find', payload), code, JSON.stringify(payload))
    }
  })

  it('takes a peer by its name, and asks which one where several have it', async () => {
    await refuse()
    assert.equal((await ask<Row>('depth', { peer: '检验科' }))['dead'], 1)
    assert.equal((await ask<Row>('depth', { peer: 'peer' }))['dead'], 1)
    assert.equal(await refused('giveUp', { peer: '检验科', reason: 'x' }), 'REGISTER_PEER')
  })

  /** A page about a critical value, with an attempt that came to nothing. */
  const page = (alert: string) =>
    flow.ledger(async (ledger) => {
      const actor = { chain: 'test', actor: 'test' }
      const sent = await ledger.run('sendPage', {
        ...{ actor, node: 'nobody', message: '{}', alert, revision: 1, step: null },
        ...{ redelivered: false, noWay: '', lifeMs: null },
        content: {
          person: { code: '1', name: '李' },
          ways: [{ channel: 'x', name: 'x', to: ['x'] }],
          oneTime: null,
          ...{ title: '', text: '', level: '', link: null, urgent: true },
          language: 'zh-CN',
        },
      })
      await ledger.run('concludePage', {
        ...{ actor, id: sent.page ?? 0, lease: null },
        attempt: { startedAt: 1, endedAt: 2, request: null, answer: null },
        verdict: { class: 'refused', code: 'X', reason: { zh: '', en: '' } },
      })
    })

  it('has the properties that the help lists, and no others', async () => {
    await refuse()
    await crisis({ ExamNo: 'held' })
    await crisis({ ExamNo: 'held', SickNo: 'C0002', CrisisName: '脑出血' })
    assert.equal((await flow.caught()).code, 'WRONG_PATIENT')
    flow.send('back', { payload: { ...received(), ExamNo: 'held' } })
    await flow.inbox('unsent').next()
    await flow.caught()
    await crisis({ ExamNo: 'told' })
    const said = feedbackXml('', { ...FEEDBACK, ExamNo: 'told' })
    assert.equal((await callWith(url, 'SynCrisisResponseInfo', said)).code, '0')
    await callWith(url, 'SynCrisisInfo', '<Crisis')
    const { msg } = await flow.caught()
    const waiting = await ask('parked')
    const open = await ask('open')
    await page(String(open[0]?.['id']))
    const [told] = await ask('find', { ExamNo: 'told', stage: 'closed' })
    flow.send('acknowledge', { payload: { action: 'refused', id: open[0]?.['id'], person: '李' } })
    await flow.inbox('other').next()
    const answers: Partial<Record<(typeof QUERIES)[number], unknown>> = {
      open: [...open, told],
      dead: await ask('dead'),
      parked: waiting,
      holds: await ask('holds'),
      depth: await ask('depth'),
      callers: await ask('callers'),
      refused: [...(await ask('refused')), await ask('refused', { id: msg.crisis?.refusal })],
      verify: await ask('verify'),
      cancelAlert: await ask('cancelAlert', { ...told, ...TWO }),
      lift: await ask('lift', { ExamNo: 'held', ...TWO }),
      trace: (await Promise.all([...open, told].map((row) => ask('trace', row)))).flat(),
      replay: await ask('replay', { id: 'all' }),
    }
    for (const language of LANGUAGES) {
      const listed = listedIn(language)
      for (const [query, answer] of Object.entries(answers)) {
        const label = catalogueOf('crisis-register', language).get(
          `crisis-register.option.${query}`,
        )!
        const said = listed.get(label)
        assert.ok(said, `${language}: ${label}`)
        const seen = keysOf(answer)
        // An audit that is whole is broken nowhere.
        if (query === 'verify') seen.add('chain').add('seq')
        assert.deepEqual([...seen].toSorted(), said, `${language}: ${query}`)
      }
    }
  })

  it('asks which one is meant when that is not said', async () => {
    for (const query of ['trace', 'replay', 'cancel'] as const) {
      const payload = { id: query === 'trace' ? ' ' : 'x' }
      assert.equal(await refused(query, payload), 'REGISTER_ID', query)
    }
  })

  it('takes no reason of the ledger for that of a person', async () => {
    await refuse()
    const [letter] = await ask('dead')
    assert.equal(typeof letter?.['reason'], 'string')
    assert.equal(await refused('cancel', letter), 'REGISTER_REASON')
    const padded = { ...letter, reason: ` ${String(letter?.['reason'])}\n` }
    assert.equal(await refused('cancel', padded), 'REGISTER_REASON')
    for (const query of ['cancelAlert', 'lift'] as const) {
      const two = { ...letter, by: '张三', second: '李四' }
      assert.equal(await refused(query, two), 'REGISTER_REASON', query)
    }
    assert.equal((await ask('dead')).length, 1)
    await callWith(url, 'SynCrisisInfo', crisisXml().slice(0, -9))
    await flow.caught()
    // Its number may be that of a document as well.
    for (const call of await ask('refused')) {
      assert.equal(await refused('cancel', call), 'REGISTER_REASON')
    }
    assert.equal(await ask('cancel', { ...letter, reason: '电话已通知' }), true)
  })

  it('is an error for a number that there is not', async () => {
    await refuse()
    for (const [query, payload] of [
      ['trace', { id: 'unknown' }],
      ['trace', { id: 4711 }],
      ['trace', { ExamNo: 'unknown' }],
      ['replay', { id: 4711 }],
      ['cancel', { id: 4711, reason: 'x' }],
      ['cancelAlert', { id: 'unknown', ...TWO }],
      ['lift', { id: 'unknown', ...TWO }],
      ['refused', { id: 4711 }],
    ] as const) {
      assert.equal(await refused(query, payload), 'REGISTER_NONE', query)
    }
    assert.equal((await ask('dead')).length, 1)
  })
})

/** The properties that the help lists for an answer, by the words that the dialog has for the question. */
function listedIn(language: (typeof LANGUAGES)[number]): ReadonlyMap<string, readonly string[]> {
  const help = readRoot('nodes', 'locales', language, 'crisis-register.html')
  const found = help.matchAll(
    /^- \*\*(.+?)\*\*.*?(?:Each (?:row|item): |每[行项]：)(.*?)(?:。|\. |\.$)/gm,
  )
  return new Map(
    [...found].map(([, label, list]) => [
      label!,
      [...new Set([...list!.matchAll(/`(\w+)`/g)].map(([, name]) => name!))].toSorted(),
    ]),
  )
}

/** Rows within rows that are listed where they are asked for alone, and documents. */
const ELSEWHERE = ['summary', 'alerts', 'waiting', 'document', 'form', 'detail', 'flags', 'raw']

/** The names of all properties of an answer. */
function keysOf(value: unknown, keys = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const one of value) keysOf(one, keys)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      keys.add(key)
      if (!ELSEWHERE.includes(key)) keysOf(part, keys)
    }
  }
  return keys
}
