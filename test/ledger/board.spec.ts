import assert from 'node:assert/strict'
import type { BoardSearch, OpenAlert } from '../../src/ledger/index.js'
import type { Act } from '../../src/loop/index.js'
import { alertKey } from '../../src/loop/index.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, PROCESSED, RECEIVED, type Site } from './site.js'

const MINUTE = 60_000
const LIMITS = { receivedMs: 10 * MINUTE, processedMs: 30 * MINUTE }
const DOCTOR = { code: '040002', name: '李医生' }
const NURSE = { code: '040003', name: '王护士' }

const watchOf = ({ system }: Site) => `watch of ${system}`

/** A plan whose steps call one role after the other, an hour apart. */
async function watch(site: Site): Promise<void> {
  const step = { until: 'received', channels: [], repeatMs: null, cap: null }
  const steps = [
    { ...step, afterMs: 0, role: '值班医师' },
    { ...step, afterMs: 60 * MINUTE, role: '二线', repeatMs: 60 * MINUTE },
  ]
  const limits = { receivedMs: 5 * MINUTE, processedMs: null }
  const plans = [{ id: 'p', name: 'p', limits, steps }]
  const rules = { plans, choice: { rows: [], highest: null }, changes: false }
  const who = { actor: site.actor, target: watchOf(site) }
  await site.ledger.run('beginWatch', { ...who, rules: JSON.stringify(rules) })
}

/** The first step pages a person. @returns the page */
async function page(site: Site, alert: number, person = DOCTOR): Promise<number> {
  const who = { actor: site.actor, target: watchOf(site) }
  await site.ledger.run('fireTimer', { ...who, alert })
  const [row] = await site.rows(
    "select content from owed where target = $1 and kind = 'step' order by id desc",
    watchOf(site),
  )
  const { due } = JSON.parse(String(row?.['content'])) as { due: { storedAt: number } }
  const way = { channel: `app of ${site.system}`, name: '企业微信', to: ['x'] }
  const sent = await site.ledger.run('sendPage', {
    ...{ actor: site.actor, node: `page of ${site.system}`, message: '{}', revision: 1 },
    alert: alertKey(site.system, CRISIS),
    step: {
      ...{ revision: 1, storedAt: due.storedAt, step: 0, round: 0, watch: watchOf(site) },
      ...{ until: 'received', isLast: false },
    },
    content: {
      ...{ person, ways: [way], title: '', text: '', level: '', link: null, oneTime: null },
      ...{ urgent: true, language: 'zh-CN' },
    },
    ...{ noWay: 'X', redelivered: false, lifeMs: null },
  })
  return sent.page!
}

async function fail(site: Site): Promise<void> {
  const { groups } = await site.ledger.run('claimPages', {
    ...{ actor: site.actor, channel: `app of ${site.system}`, lease: 'a/1', leaseMs: 60_000 },
    ...{ limit: 9, rate: null, isShared: false },
  })
  for (const { id, lease } of groups.flat()) {
    await site.ledger.run('concludePage', {
      ...{ actor: site.actor, id, lease },
      attempt: { startedAt: 1, endedAt: 2, request: Buffer.from('to'), answer: Buffer.from('no') },
      verdict: { class: 'refused', code: 'REFUSED', reason: { zh: '号码无效', en: 'No number' } },
    })
  }
}

const acted = (site: Site, change: Partial<Act>, target = '') =>
  site.ledger.run('acknowledgeAlert', {
    ...{ actor: site.actor, target, message: '{}', system: null, zone: '+08:00', result: 'x' },
    which: { id: site.crisisOf().key },
    act: {
      ...{ kind: 'received', person: DOCTOR, role: '', at: Date.now(), how: 'board' },
      ...{ readBack: true, note: '', to: null },
      ...change,
    },
  })

async function rowOf(site: Site): Promise<OpenAlert> {
  const { alerts } = await site.ledger.ask('boardOpen', { limit: 1_000, limits: LIMITS })
  const own = alerts.find(({ system }) => system === site.system)
  assert.ok(own)
  return own
}

onBothEngines('what a board asks of the ledger', (site) => {
  it('says until when something is expected, who has it, and what went wrong last', async () => {
    await watch(site())
    const { alert } = await site().send()
    const before = await site().ledger.ask('boardMark', undefined)
    assert.equal(await site().ledger.ask('boardMark', undefined), before)
    const id = await page(site(), alert)
    assert.notEqual(await site().ledger.ask('boardMark', undefined), before)

    const paged = await rowOf(site())
    const { expected, holder, startedAt } = paged
    assert.deepEqual(
      [expected.until, expected.at, expected.step],
      ['received', startedAt + 5 * MINUTE, 2],
    )
    assert.deepEqual([holder?.person, paged.pages, paged.trouble], [DOCTOR, 1, null])
    const { role, channel, state, id: paging } = paged.page!
    assert.deepEqual([paging, role, channel, state], [id, '值班医师', '企业微信', 'waiting'])

    await fail(site())
    const failed = await rowOf(site())
    assert.deepEqual([failed.page?.state, failed.holder], ['failed', null])
    assert.ok(failed.trouble)
    const stuck = await site().ledger.ask('boardStuck', { limit: 1_000 })
    const [own] = stuck.failedPages.filter((one) => one.alert === alert)
    assert.deepEqual([own?.id, own?.reasonZh, own?.person], [id, '号码无效', DOCTOR])

    await acted(site(), {})
    await acted(site(), { kind: 'passedOn', to: NURSE })
    const passed = await rowOf(site())
    assert.deepEqual([passed.stage, passed.expected.until], ['received', 'processed'])
    assert.deepEqual([passed.expected.at, passed.holder?.person], [null, NURSE])
    // No flow hears of acts without a node.
    assert.deepEqual(await site().rows("select id from owed where target = ''"), [])
    await site().ledger.run('endWatch', { actor: site().actor, target: watchOf(site()) })
  })

  it('finds alerts by whatever is known, the latest first and in parts', async () => {
    const ExamNo = `E ${site().system}`
    const settor = (n: number) => ({ code: `S${n} ${site().system}`, name: `定 ${site().system}` })
    const ids: number[] = []
    for (let n = 0; n < 4; n++) {
      const numbers = {
        ExamNo: `${ExamNo} ${n}`,
        ApplyNo: `A ${ExamNo} ${n}`,
        SickNo: `P ${ExamNo}`,
      }
      const { alert } = await site().send({ ...numbers, CrisisSettor: settor(n) })
      ids.push(alert)
    }
    const [first = 0, second = 0, third = 0, fourth = 0] = ids
    await site().feedBack({ ...later(PROCESSED), ExamNo: `${ExamNo} 1`, ApplyNo: `A ${ExamNo} 1` })
    await site().feedBack({ ...later(RECEIVED), ExamNo: `${ExamNo} 2`, ApplyNo: `A ${ExamNo} 2` })
    const SickNo = `P ${ExamNo}`
    const cases: readonly (readonly [Omit<BoardSearch, 'limit'>, readonly number[]])[] = [
      [{ ExamNo: `${ExamNo} 0` }, [first]],
      [{ ApplyNo: `A ${ExamNo} 3` }, [fourth]],
      [{ SickNo }, [fourth, third, second, first]],
      [{ SickNo, stage: 'open' }, [fourth, third, first]],
      [{ SickNo, stage: 'closed' }, [second]],
      [{ SickNo, stage: 'received' }, [third]],
      [{ SickNo, stage: 'processed' }, [second]],
      [{ doctor: settor(2).code }, [third]],
      [{ doctor: settor(0).name }, [fourth, third, second, first]],
      [{ doctor: '040002', SickNo }, [third, second]],
      [{ doctor: '处理员', SickNo }, [second]],
      [{ doctor: '040002', SickNo, stage: 'open' }, [third]],
      [{ SickNo, department: '放射科' }, []],
      [{ SickNo, until: 1 }, []],
      [{ SickNo, from: 1, until: Date.now() + 60_000 }, [fourth, third, second, first]],
      [{ SickNo, after: third }, [second, first]],
    ]
    for (const [search, wanted] of cases) {
      const { rows } = await site().ledger.ask('searchAlerts', { ...search, limit: 50 })
      assert.deepEqual(
        rows.map(({ alert }) => alert),
        wanted,
        JSON.stringify(search),
      )
    }
    const parts: number[][] = []
    for (let after: number | undefined; ;) {
      const part = await site().ledger.ask('searchAlerts', { SickNo, after, limit: 2 })
      parts.push(part.rows.map(({ alert }) => alert))
      if (part.next === null) break
      after = part.next
    }
    assert.deepEqual(parts, [[fourth, third], [second, first], []])
    const [closed] = (await site().ledger.ask('searchAlerts', { ExamNo: `${ExamNo} 1`, limit: 1 }))
      .rows
    assert.deepEqual([closed?.receivedBy?.code, closed?.processedBy?.code], ['040002', '040003'])
  })

  it('finds a department once the alert is counted', async () => {
    const { ledger, actor, system } = site()
    const rules = {
      ...{ zone: '+08:00', shifts: [], radiology: [], ultrasound: [] },
      departments: { [system]: `科 ${system}` },
    }
    await ledger.run('keepTallyRules', { actor, rules: JSON.stringify(rules) })
    const { alert } = await site().send({ CrisisType: system })
    while ((await ledger.run('countAlerts', { limit: 50 })).isMore);
    const search = { department: `科 ${system}`, stage: 'stored', limit: 5 } as const
    const { rows } = await ledger.ask('searchAlerts', search)
    assert.deepEqual(
      rows.map((row) => [row.alert, row.department]),
      [[alert, `科 ${system}`]],
    )
  })

  it('shows the bytes that belong to an alert, and to no other', async () => {
    const { alert } = await site().send()
    const other = await site().send({ ExamNo: 'other' })
    const exam = await site().ledger.ask('boardExam', { alert, limits: LIMITS })
    const [part] = exam?.parts ?? []
    assert.deepEqual(part?.of, { kind: 'revision', revision: 1 })
    const { n, name } = part!
    const found = await site().ledger.ask('boardPart', { alert, n, name })
    assert.equal(Buffer.from(found!.bytes).toString(), '<raw/>')
    for (const asked of [
      { alert: other.alert, n, name },
      { alert, n: n + 1, name },
    ]) {
      assert.equal(await site().ledger.ask('boardPart', asked), null)
    }
  })

  it('takes a call by telephone for a reception at its own time, once', async () => {
    const { ledger, actor } = site()
    const calledAt = Date.now() - 20 * MINUTE
    const call = {
      ...{ calledAt, caller: NURSE, called: DOCTOR, ExamNo: `T ${site().system}`, SickNo: '' },
      ...{ finding: '胎盘早剥', isReadBack: true, note: '停机' },
    }
    const id = await ledger.run('notePhoneCall', { actor, call, by: NURSE })
    const { alert } = await site().send({ ExamNo: call.ExamNo })
    const { candidates } = await ledger.ask('phoneCalls', { limit: 100 })
    assert.deepEqual(
      candidates.filter((one) => one.call === id),
      [{ call: id, alert, ExamNo: call.ExamNo }],
    )
    const by = { actor, target: '', message: '{}', system: null, zone: '+08:00', result: 'x' }
    const match = (of: number, to: number) =>
      ledger.run('matchPhoneCall', { ...by, call: of, alert: to, by: NURSE })
    assert.equal((await match(-1, alert)).problem, 'none')
    const { problem, acknowledged } = await match(id, alert)
    assert.deepEqual([problem, acknowledged?.why], [null, null])
    assert.equal((await match(id, alert)).problem, 'matched')
    const exam = await ledger.ask('boardExam', { alert, limits: LIMITS })
    const [act, ...more] = exam?.trace.acknowledgements ?? []
    assert.deepEqual(more, [])
    assert.deepEqual(
      [act?.code, act?.doneAt, act?.how, act?.readBack],
      ['040002', calledAt, 'telephone', 1],
    )
    assert.ok(exam?.trace.audit.some(({ kind }) => kind === 'phoneCallMatched'))

    // One that was received before only gets the entry.
    const again = await ledger.run('notePhoneCall', { actor, call, by: NURSE })
    assert.equal((await match(again, alert)).acknowledged?.why, 'known')
    const { calls } = await ledger.ask('phoneCalls', { limit: 100 })
    assert.deepEqual(
      calls.filter((one) => one.ExamNo === call.ExamNo).map((one) => one.alert),
      [alert, alert],
    )

    // A call goes with its alert; one that was never matched, when its time is over.
    await ledger.run('notePhoneCall', { actor, call, by: NURSE })
    await site().cancelAlert({ ExamNo: call.ExamNo })
    await site().rows('update alert set cancelled_at = 1 where id = $1', alert)
    await site().rows('update phone_call set at = 1 where exam_no = $1', call.ExamNo)
    await site().emitted()
    await ledger.run('prune', { actor, retention: { rawMs: 1, alertMs: 1_000_000 } })
    const left = await site().rows('select id from phone_call where exam_no = $1', call.ExamNo)
    assert.deepEqual(left, [])
  })
})
