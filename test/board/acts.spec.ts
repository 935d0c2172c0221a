import assert from 'node:assert/strict'
import { boardActs, type SessionFacts } from '../../src/board/index.js'
import type { Act, ActKind } from '../../src/board/api.js'
import { Site, CRISIS } from '../ledger/site.js'
import { MemoryEngine } from '../support/memory-engine.js'

const FACTS: SessionFacts = {
  person: { code: '040002', name: '李医生' },
  role: 'act',
  seesPatients: true,
  language: 'zh-CN',
}
const SECOND = { code: '040003', name: '王护士' }

function rig() {
  const engine = new MemoryEngine({ now: Date.now() })
  const site = new Site(engine, 'pacs')
  const told: (string | null)[] = []
  const unclaimed: unknown[][] = []
  const acts = boardActs({
    ledger: site.ledger,
    actor: () => site.actor,
    flowFor: (system) => ({
      acknowledging: () => ({
        ...{
          actor: site.actor,
          target: 'acks',
          message: '{}',
          system,
          zone: '+08:00',
          result: 'x',
        },
      }),
      acted: ({ id }) => told.push(id),
      unknown: () => {},
      isTold: true,
    }),
    unclaimed: {
      passOn: (...args) => Promise.resolve(unclaimed.push(args)),
      giveUp: (...args) => Promise.resolve(unclaimed.push(args)),
    },
  })
  const act = (kind: ActKind, more: Omit<Act, 'kind'> = {}, facts = FACTS) =>
    acts.act(facts, { kind, ...more })
  return { engine, site, told, unclaimed, act }
}

/** A dead letter with this document. */
async function deadLetter(site: Site, document: string): Promise<string> {
  const id = await site.ledger.run('enqueue', {
    actor: site.actor,
    item: {
      ...{ peer: 'his', operation: 'SynCrisisInfo', lane: 'x', document, alert: null },
      ...{ node: 'n', message: '{}', expiresAfterMs: null },
    },
  })
  const sql = "update outbox set state = 'dead' where id = $1"
  await site.engine.run('statement', { sql, params: [id] })
  return String(id)
}

const documentOf = (name: string, ExamNo = '1') =>
  `<XmlDocument><Crisis><ExamNo>${ExamNo}</ExamNo><CrisisName>${name}</CrisisName></Crisis></XmlDocument>`

describe('what people do on the board', () => {
  it('acknowledges for the person of the session, and tells the flow', async () => {
    const { site, told, act } = rig()
    const { alert } = await site.send()
    const doneAt = new Date(Date.now() - 60_000).toISOString()
    assert.deepEqual(await act('readBack', { alert, fields: { doneAt } }), {
      isDone: true,
      reason: null,
    })
    const again = await act('received', { alert })
    assert.deepEqual([again.isDone, again.reason?.en], [false, 'The same was recorded before'])
    assert.equal((await act('processed', { alert })).isDone, false)
    assert.equal(
      (await act('processed', { alert, fields: { result: '已处理', revision: '9' } })).isDone,
      false,
    )
    const fields = { result: '已处理', suggest: '复查' }
    assert.equal((await act('processed', { alert, fields })).isDone, true)
    assert.deepEqual(told, [site.crisisOf().key, site.crisisOf().key])
    const [trace] = await site.ledger.run('trace', { id: site.crisisOf().key })
    assert.deepEqual(
      trace?.acknowledgements.map((one) => [one.kind, one.code, one.how, one.readBack, one.note]),
      [
        ['received', '040002', 'board', 1, ''],
        ['processed', '040002', 'board', null, '已处理'],
      ],
    )
    const owed = await site.rows("select content from owed where target = 'acks' order by id desc")
    assert.ok(String(owed[0]?.['content']).includes('"ProcessSuggest":"复查"'))
    for (const wrong of ['yesterday', '2099-01-01T00:00:00+08:00', '2026-01-01T00:00:00']) {
      const { isDone, reason } = await act('received', { alert, fields: { doneAt: wrong } })
      assert.deepEqual([isDone, reason?.en.startsWith('The time')], [false, true], wrong)
    }
    assert.equal((await act('received', { alert: 99 })).isDone, false)
  })

  it('wants a reason, and two people where two decide', async () => {
    const { site, act } = rig()
    const { alert } = await site.send()
    await site.send({ CrisisName: '另一项', SickNo: 'C0002' })
    const reason = '已核对腕带'
    const both = { ...FACTS, second: SECOND }
    const refused = [
      await act('liftHold', { alert }, both),
      await act('liftHold', { alert, reason }),
      await act('liftHold', { alert, reason }, { ...FACTS, second: FACTS.person }),
      await act('liftHold', { alert: 99, reason }, both),
      await act('chooseContent', { alert, reason }, both),
    ]
    assert.ok(refused.every(({ isDone, reason: why }) => !isDone && why))
    assert.equal((await act('liftHold', { alert, reason }, both)).isDone, true)
    assert.equal((await act('liftHold', { alert, reason }, both)).isDone, false)
    assert.equal((await act('cancelAlert', { alert, reason }, both)).isDone, true)
    assert.deepEqual(
      await site.rows('select kind, person, second, reason from decision order by id'),
      ['lift', 'cancelAlert'].map((kind) => ({
        ...{ kind, person: '李医生 040002', second: '王护士 040003', reason },
      })),
    )
  })

  it('sends a dead letter again, corrected only as far as it stays the same exam', async () => {
    const { site, act } = rig()
    const id = await deadLetter(site, documentOf('肿瘤'))
    const reason = '代码已更正'
    const wrong = [
      documentOf('●●●●'),
      documentOf('肿瘤', '2'),
      documentOf('肿瘤').replace(
        '</XmlDocument>',
        '<Crisis><ExamNo>1</ExamNo></Crisis></XmlDocument>',
      ),
      '',
    ]
    for (const document of wrong) {
      assert.equal((await act('editAndSend', { id, reason, fields: { document } })).isDone, false)
    }
    await assert.rejects(
      act('editAndSend', { id, reason, fields: { document: '<XmlDocument>' } }),
      {
        code: 'XML_NOT_WELL_FORMED',
      },
    )
    const blind = { ...FACTS, seesPatients: false }
    const fields = { document: documentOf('血肿') }
    assert.equal((await act('editAndSend', { id, reason, fields }, blind)).isDone, false)
    assert.equal((await act('editAndSend', { id, reason, fields })).isDone, true)
    const [sent] = await site.rows("select document, replay_of from outbox where state = 'ready'")
    assert.deepEqual([sent?.['document'], sent?.['replay_of']], [fields.document, Number(id)])
    assert.equal((await act('replay', { id, reason })).isDone, false)

    const other = await deadLetter(site, documentOf('x'))
    assert.equal((await act('giveUp', { id: other })).isDone, false)
    assert.equal((await act('giveUp', { id: other, reason })).isDone, true)
    assert.deepEqual(
      (await site.rows('select kind, person from decision order by id')).map((row) => row['kind']),
      ['editAndSend', 'cancel'],
    )
  })

  it('keeps a licence out of corrected feedback, and its place in it', async () => {
    const { site, act } = rig()
    const feedback = (licence: string) =>
      `<XmlDocument><Header><Application>HIS</Application>${licence}</Header><CrisisResponse><ExamNo>1</ExamNo></CrisisResponse></XmlDocument>`
    const id = await deadLetter(site, feedback('<License></License>'))
    await site.engine.run('statement', {
      sql: "update outbox set operation = 'SynCrisisResponseInfo' where id = $1",
      params: [Number(id)],
    })
    const edit = (licence: string) =>
      act('editAndSend', { id, reason: 'x', fields: { document: feedback(licence) } })
    assert.equal((await edit('<License>secret</License>')).isDone, false)
    assert.equal((await edit('<License/>')).isDone, true)
    const [sent] = await site.rows("select document from outbox where state = 'ready'")
    assert.equal(sent?.['document'], feedback('<License></License>'))
  })

  it('hands what is unclaimed on, or gives it up', async () => {
    const { unclaimed, act } = rig()
    const decision = { by: '李医生 040002', reason: 'x' }
    const fields = { target: 'other' }
    assert.equal((await act('passOn', { id: 'node:gone', fields })).isDone, false)
    assert.equal((await act('passOn', { id: '5', reason: 'x', fields })).isDone, false)
    assert.equal((await act('passOn', { id: 'node:gone', reason: 'x', fields })).isDone, true)
    assert.equal((await act('giveUp', { id: 'peer:gone', reason: 'x' })).isDone, true)
    assert.deepEqual(unclaimed, [
      ['node:gone', 'other', decision],
      ['peer:gone', decision],
    ])
  })

  it('keeps calls by telephone, and matches them', async () => {
    const { site, told, act } = rig()
    const { alert } = await site.send()
    const fields = {
      ...{ calledCode: '040002', calledName: '李医生', callerName: '诊断员', readBack: 'yes' },
      ...{ ExamNo: CRISIS.ExamNo ?? '', text: '胎盘早剥' },
    }
    for (const missing of ['calledCode', 'callerName', 'ExamNo', 'text']) {
      const part = { ...fields, calledName: '', [missing]: '' }
      assert.equal((await act('phoneCall', { fields: part })).isDone, false, missing)
    }
    assert.equal((await act('phoneCall', { fields })).isDone, true)
    assert.equal((await act('matchPhoneCall', { id: '9', alert })).isDone, false)
    assert.equal((await act('matchPhoneCall', { id: '1', alert })).isDone, true)
    assert.equal((await act('matchPhoneCall', { id: '1', alert })).isDone, false)
    assert.deepEqual(told, [site.crisisOf().key])
    await act('phoneCall', { fields })
    const late = await act('matchPhoneCall', { id: '2', alert })
    assert.ok(late.isDone && late.reason?.en.startsWith('Matched;'))
  })

  it('leaves accounts to others', async () => {
    const { act } = rig()
    await assert.rejects(act('account'), { code: 'ACT_UNKNOWN' })
  })
})
