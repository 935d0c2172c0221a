import assert from 'node:assert/strict'
import type { CrisisFeedback, Person } from '../../src/messages/index.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, PROCESS, PROCESSED, RECEIVED, type Site } from './site.js'

const OTHER_FINDING = { CrisisCode: '2', CrisisName: '前置胎盘' }
const CORRECTED = { CrisisMemo: '已电话通知。' }
const BY_ANOTHER: CrisisFeedback = { ...RECEIVED, CrisisReceiver: { code: '7', name: '护士' } }
const MINUTE = 60_000

/** Lets the feedback of a site have come in that much earlier. */
const age = (site: Site, ms: number) =>
  site.rows('update feedback set at = at - $1 where system = $2', ms, site.system)

onBothEngines('feedback in the ledger', (site) => {
  it('moves an alert to received', async () => {
    const { alert } = await site().send()
    const stored = await site().feedBack(RECEIVED)
    assert.deepEqual([stored.kind, stored.alerts, stored.flags], ['new', [alert], []])
    const [row] = await site().alerts()
    assert.deepEqual([row?.['stage'], row?.['processed_at']], ['received', null])
    assert.equal(typeof row?.['received_at'], 'number')
    const [noted] = await site().rows(
      "select * from stage where alert = $1 and stage = 'received'",
      alert,
    )
    assert.deepEqual(
      [noted?.['code'], noted?.['name'], noted?.['said_at'], noted?.['feedback']],
      ['040002', '管理员', '2014-06-16T16:43:27+08:00', stored.feedback],
    )
  })

  it('tells the flow once, with the alert it is about', async () => {
    await site().send()
    const [crisis] = await site().emitted()
    await site().feedBack(RECEIVED)
    await site().feedBack(RECEIVED)
    const [message, ...more] = await site().emitted()
    assert.deepEqual(more, [])
    const content = message?.content as unknown as { ids: string[]; stage: string }
    assert.deepEqual([content.ids, content.stage], [[crisis?.content.id], 'received'])
  })

  it('takes receiving and processing as two steps, the second with the first in it', async () => {
    const { alert } = await site().send()
    await site().feedBack(RECEIVED)
    const second = await site().feedBack(PROCESSED)
    assert.deepEqual([second.kind, second.flags], ['new', []])
    assert.deepEqual(await site().stages(), ['processed'])
    assert.deepEqual(await site().said(alert), ['received 040002', 'processed 040003'])
  })

  it('takes both in one', async () => {
    const { alert } = await site().send()
    await site().feedBack(PROCESSED)
    assert.deepEqual(await site().said(alert), ['received 040002', 'processed 040003'])
  })

  it('does not go back when the first step comes after the second', async () => {
    const { alert } = await site().send()
    await site().feedBack(PROCESSED)
    assert.equal((await site().feedBack(RECEIVED)).kind, 'new')
    assert.deepEqual(await site().stages(), ['processed'])
    assert.deepEqual(await site().said(alert), ['received 040002', 'processed 040003'])
  })

  it('takes processing without receiving, and leaves the reception unknown', async () => {
    const { alert } = await site().send()
    await site().feedBack(PROCESS)
    const [row] = await site().alerts()
    assert.deepEqual([row?.['stage'], row?.['received_at']], ['processed', null])
    assert.deepEqual(await site().said(alert), ['processed 040003'])
    await site().feedBack(RECEIVED)
    const [filled] = await site().alerts()
    assert.deepEqual([filled?.['stage'], typeof filled?.['received_at']], ['processed', 'number'])
  })

  for (const [what, receiver] of [
    ['missing', undefined],
    ['blank', { code: '', name: ' \u3000' }],
  ] as const) {
    it(`knows no reception by somebody who is ${what}`, async () => {
      const { alert } = await site().send()
      const { CrisisReceiver: _nobody, ...rest } = PROCESSED
      await site().feedBack({ ...rest, ...(receiver && { CrisisReceiver: receiver }) })
      const [row] = await site().alerts()
      assert.deepEqual([row?.['stage'], row?.['received_at']], ['processed', null])
      assert.deepEqual(await site().said(alert), ['processed 040003'])
    })
  }

  for (const [what, fragment] of [
    ['a process without a result', { ...PROCESSED, ProcessResult: ' ' }],
    ['a process without a time', { ...PROCESSED, ProcessTime: '' }],
    ['a process by nobody', { ...PROCESSED, ProcessStaff: { code: '', name: '' } }],
  ] as const) {
    it(`does not close on ${what}`, async () => {
      await site().send()
      assert.equal((await site().feedBack(fragment)).kind, 'new')
      assert.deepEqual(await site().stages(), ['received'])
    })
  }

  it('changes nothing on a receiver without a time, and keeps it all the same', async () => {
    await site().send()
    const stored = await site().feedBack({ ...RECEIVED, CrisisReceiveTime: '' })
    assert.equal(stored.kind, 'new')
    assert.deepEqual(await site().stages(), ['stored'])
    const [trace] = await site().ledger.run('trace', { id: site().crisisOf().key })
    assert.equal(trace?.feedback.length, 1)
  })

  it('counts a duplicate and changes nothing', async () => {
    const { alert } = await site().send()
    const first = await site().feedBack(RECEIVED)
    const again = await site().feedBack({ ...RECEIVED, ExamNo: ' 00000001 ', ProcessSuggest: ' ' })
    assert.deepEqual(
      [again.kind, again.feedback, again.alerts, again.owed],
      ['duplicate', first.feedback, [alert], null],
    )
    const rows = await site().rows('select resent from feedback where system = $1', site().system)
    assert.deepEqual(rows, [{ resent: 1 }])
    assert.deepEqual(await site().said(alert), ['received 040002'])
  })

  it('keeps another receiver beside the first', async () => {
    const { alert } = await site().send()
    await site().feedBack(RECEIVED)
    const [before] = await site().alerts()
    const second = await site().feedBack(BY_ANOTHER)
    assert.deepEqual(second.flags, ['otherReceiver'])
    assert.deepEqual(await site().said(alert), ['received 040002', 'received 7'])
    const [row] = await site().alerts()
    assert.equal(row?.['received_at'], before?.['received_at'])
  })

  it('knows each of two receivers again', async () => {
    const { alert } = await site().send()
    await site().feedBack(RECEIVED)
    await site().feedBack(BY_ANOTHER)
    assert.deepEqual((await site().feedBack(PROCESSED)).flags, [])
    assert.deepEqual(await site().said(alert), [
      'received 040002',
      'received 7',
      'processed 040003',
    ])
  })

  it('takes the same number with another spelling of the name for the same person', async () => {
    const { alert } = await site().send()
    await site().feedBack(RECEIVED)
    const again = { ...RECEIVED, CrisisReceiver: { code: '040002', name: '管 理员' } }
    assert.deepEqual((await site().feedBack(again)).flags, [])
    assert.deepEqual(await site().said(alert), ['received 040002'])
  })

  it('keeps a second process beside the first, and says so', async () => {
    const { alert } = await site().send()
    await site().feedBack(PROCESSED)
    const other = { ...PROCESSED, ProcessStaff: { code: '9', name: '他人' }, ProcessResult: '转科' }
    assert.deepEqual((await site().feedBack(other)).flags, ['processedAgain'])
    assert.deepEqual(await site().said(alert), [
      'received 040002',
      'processed 040003',
      'processed 9',
    ])
    const [trace] = await site().ledger.run('trace', { id: site().crisisOf().key })
    assert.equal(trace?.feedback.length, 2)
  })

  it('takes what comes late, and flags times that cannot be', async () => {
    const { alert } = await site().send()
    await site().rows('update alert set opened_at = opened_at - 86400000 where id = $1', alert)
    const future = { ...RECEIVED, CrisisReceiveDate: '2999-01-01' }
    assert.deepEqual((await site().feedBack(future)).flags, ['clockSkew'])
    const early = { ...PROCESSED, ProcessTime: '16:00:00' }
    assert.deepEqual((await site().feedBack(early)).flags, ['clockSkew'])
    assert.deepEqual(await site().stages(), ['processed'])
  })

  it('says that whoever set the critical value has received it', async () => {
    await site().send()
    const { CrisisSettor: setter } = CRISIS
    const flagsOf = async (CrisisReceiver: Person) =>
      (await site().feedBack({ ...RECEIVED, CrisisReceiver })).flags
    assert.deepEqual(await flagsOf({ ...setter!, name: '同一工号' }), ['selfAck'])
    assert.deepEqual(await flagsOf({ code: '7', name: setter!.name }), ['otherReceiver'])
    assert.deepEqual(await flagsOf({ code: '', name: setter!.name }), ['otherReceiver'])
  })

  it('speaks of all open findings of an exam, and says that it may not', async () => {
    const one = await site().send()
    const two = await site().send(OTHER_FINDING)
    const stored = await site().feedBack(RECEIVED)
    assert.deepEqual([stored.alerts, stored.flags], [[one.alert, two.alert], ['severalAlerts']])
    assert.deepEqual(await site().stages(), ['received', 'received'])
    assert.equal((await site().emitted()).filter(({ kind }) => kind === 'feedback').length, 1)
  })

  it('leaves a closed finding alone while another is open', async () => {
    const closed = await site().send()
    await site().feedBack(PROCESSED)
    const open = await site().send({ CrisisSetTime: '16:40:00' })
    const stored = await site().feedBack(BY_ANOTHER)
    assert.deepEqual([stored.alerts, stored.flags], [[open.alert], []])
    assert.deepEqual(await site().stages(), ['processed', 'received'])
    assert.deepEqual(await site().said(closed.alert), ['received 040002', 'processed 040003'])
  })

  it('does not speak of a finding that came after it, even when it is sent again', async () => {
    await site().send()
    await site().feedBack(RECEIVED)
    await site().send(OTHER_FINDING)
    assert.equal((await site().feedBack(RECEIVED)).kind, 'duplicate')
    assert.deepEqual(await site().stages(), ['received', 'stored'])
  })

  it('keeps two sites apart', async () => {
    await site().send()
    const [stored] = await site().ledger.run('storeFeedbacks', {
      actor: site().actor,
      origin: { ...site().origin, system: `${site().system}, another` },
      feedbacks: [site().feedbackOf(RECEIVED)],
      target: site().target,
    })
    assert.equal(stored?.kind, 'orphan')
    assert.deepEqual(await site().stages(), ['stored'])
  })
})

onBothEngines('feedback and a correction', (site) => {
  it('does not carry over when it comes again', async () => {
    await site().send()
    await site().feedBack(RECEIVED)
    await site().send(CORRECTED)
    assert.equal((await site().feedBack(RECEIVED)).kind, 'duplicate')
    assert.deepEqual(await site().stages(), ['stored'])
  })

  it('does not carry over when a later message repeats it', async () => {
    const { alert } = await site().send()
    await site().feedBack(RECEIVED)
    await site().send(CORRECTED)
    const again = { ...RECEIVED, ProcessSuggest: '复查' }
    const repeated = await site().feedBack(again)
    assert.deepEqual([repeated.kind, repeated.flags], ['new', ['beforeRevision']])
    assert.deepEqual(await site().stages(), ['stored'])
    const news = { ...later(PROCESS), ...RECEIVED }
    assert.deepEqual((await site().feedBack(news)).flags, ['beforeRevision'])
    const [row] = await site().alerts()
    assert.deepEqual([row?.['stage'], row?.['received_at']], ['processed', null])
    assert.deepEqual(await site().said(alert), ['received 040002', 'processed 040003'])
  })

  it('does not carry over when it was said before the correction and comes after it', async () => {
    await site().send()
    await site().send(CORRECTED)
    assert.deepEqual((await site().feedBack(PROCESSED)).flags, ['beforeRevision'])
    assert.deepEqual(await site().stages(), ['stored'])
  })

  it('counts when it was said after it', async () => {
    await site().send()
    await site().feedBack(PROCESSED)
    await site().send(CORRECTED)
    assert.deepEqual((await site().feedBack(later(RECEIVED))).flags, [])
    assert.deepEqual(await site().stages(), ['received'])
    assert.deepEqual((await site().feedBack(later(PROCESSED))).flags, [])
    assert.deepEqual(await site().stages(), ['processed'])
  })
})

onBothEngines('feedback without a critical value', (site) => {
  it('is an orphan, told to nobody, and counted when it comes again', async () => {
    const first = await site().feedBack(RECEIVED)
    const again = await site().feedBack(RECEIVED)
    assert.deepEqual([first.kind, first.alerts], ['orphan', []])
    assert.deepEqual([again.kind, again.feedback], ['orphan', first.feedback])
    assert.deepEqual(await site().emitted(), [])
    assert.deepEqual(await site().audited(), ['orphan'])
  })

  it('finds the critical value that it overtook, and is told to the flow once', async () => {
    await site().feedBack(RECEIVED)
    await age(site(), 9 * MINUTE)
    const { alert } = await site().send()
    assert.deepEqual(await site().stages(), ['received'])
    assert.deepEqual(await site().said(alert), ['received 040002'])
    const [crisis, feedback, ...more] = await site().emitted()
    assert.deepEqual([crisis?.kind, feedback?.kind, more], ['crisis', 'feedback', []])
    assert.deepEqual(feedback?.content.flags.includes('rematched'), true)
    assert.equal((await site().feedBack(RECEIVED)).kind, 'duplicate')
  })

  it('does not find one that comes more than ten minutes later', async () => {
    await site().feedBack(RECEIVED)
    await age(site(), 11 * MINUTE)
    await site().send()
    assert.deepEqual(await site().stages(), ['stored'])
    assert.equal((await site().feedBack(RECEIVED)).kind, 'new')
    assert.deepEqual(await site().stages(), ['received'])
  })

  it('waits anew when it is said again', async () => {
    await site().feedBack(RECEIVED)
    await age(site(), 11 * MINUTE)
    await site().feedBack(RECEIVED)
    await site().send()
    assert.deepEqual(await site().stages(), ['received'])
  })

  it('finds it in the order in which it was said', async () => {
    await site().feedBack(RECEIVED)
    await site().feedBack(PROCESSED)
    const { alert } = await site().send()
    assert.deepEqual(await site().stages(), ['processed'])
    assert.deepEqual(await site().said(alert), ['received 040002', 'processed 040003'])
  })

  it('belongs to the first finding that comes, not to one that comes after', async () => {
    await site().feedBack(RECEIVED)
    await site().sendAll([{}, OTHER_FINDING])
    assert.deepEqual(await site().stages(), ['received', 'stored'])
  })
})
