import assert from 'node:assert/strict'
import {
  isTimeUnreadable,
  readCrisisQuality,
  readFeedbackStage,
  requireStage,
} from '../../src/loop/index.js'
import {
  readCrisisDocument,
  readFeedbackDocument,
  type CrisisFeedback,
  type Person,
} from '../../src/messages/index.js'
import { refused, sample } from '../messages/support.js'

const BLANKS = ['', ' ', '\t\n', '\u3000', '\u00a0']
const NOBODY: readonly Person[] = BLANKS.map((blank) => ({ code: blank, name: blank }))

const received: CrisisFeedback = {
  ExamNo: '1',
  CrisisReceiver: { code: '040002', name: '管理员' },
  CrisisReceiveDate: '2014-06-16',
  CrisisReceiveTime: '16:43:27',
}
const processed: CrisisFeedback = {
  ...received,
  ProcessStaff: { code: '040002', name: '管理员' },
  ProcessDate: '2014-06-16',
  ProcessTime: '16:50:00',
  ProcessResult: '已处理',
}

describe('the stage of feedback', () => {
  it('is processed for the sample of the document', () => {
    const { feedback } = readFeedbackDocument(sample('crisis-response.xml')).feedbacks[0]!
    const reading = readFeedbackStage(feedback)
    assert.deepEqual([reading.stage, reading.flags], ['processed', []])
    assert.equal(reading.receivedAt.at, '2014-06-16T16:43:27+08:00')
    assert.equal(reading.processedAt.at, '2014-06-16T16:43:27+08:00')
  })

  it('is received without a sign of processing', () => {
    const reading = readFeedbackStage(received)
    assert.deepEqual([reading.stage, reading.flags], ['received', []])
    assert.equal(reading.processedAt.at, null)
  })

  it('is never processed by a space', () => {
    for (const blank of BLANKS) {
      const reading = readFeedbackStage({
        ...received,
        ProcessStaff: { code: blank, name: blank },
        ProcessDate: blank,
        ProcessTime: blank,
        ProcessSuggest: blank,
        ProcessResult: blank,
      })
      assert.deepEqual([reading.stage, reading.flags], ['received', []], JSON.stringify(blank))
    }
  })

  it('needs a result, a member of staff and a valid time, each of them', () => {
    const lacking: CrisisFeedback[] = [
      ...BLANKS.flatMap((blank) => [
        { ...processed, ProcessResult: blank },
        { ...processed, ProcessDate: blank },
        { ...processed, ProcessTime: blank },
      ]),
      ...NOBODY.map((ProcessStaff) => ({ ...processed, ProcessStaff })),
      { ...processed, ProcessDate: '2014-02-30' },
      { ...processed, ProcessTime: '24:00' },
      { ...received, ProcessSuggest: '复查' },
      { ...received, ProcessResult: '已处理' },
    ]
    for (const name of ['ProcessStaff', 'ProcessDate', 'ProcessTime', 'ProcessResult'] as const) {
      const { [name]: _absent, ...rest } = processed
      lacking.push(rest)
    }
    for (const feedback of lacking) {
      const reading = readFeedbackStage(feedback)
      // Only the time is missing, so that somebody has to hear of it.
      const { ProcessStaff: staff = NOBODY[0]!, ProcessResult: result = '' } = feedback
      const saysSo = result.trim() !== '' && `${staff.code}${staff.name}`.trim() !== ''
      assert.deepEqual(
        [reading.stage, reading.flags],
        ['received', ['processIncomplete', ...(saysSo ? ['timeUnreadable'] : [])]],
        JSON.stringify(feedback),
      )
    }
    for (const ProcessStaff of [
      { code: '040002', name: '' },
      { code: '', name: '管理员' },
    ]) {
      assert.equal(readFeedbackStage({ ...processed, ProcessStaff }).stage, 'processed')
    }
  })

  it('is processed without a reception, and says so', () => {
    const { CrisisReceiver: _r, CrisisReceiveDate: _d, CrisisReceiveTime: _t, ...rest } = processed
    const reading = readFeedbackStage(rest)
    assert.deepEqual([reading.stage, reading.flags], ['processed', ['processWithoutReceive']])
    assert.equal(reading.receivedAt.at, null)
  })

  it('asserts no reception without who and when, and flags what it lacks', () => {
    for (const [feedback, flags] of [
      [{ ...received, CrisisReceiver: { code: '', name: ' ' } }, ['receiverMissing']],
      [{ ...received, CrisisReceiveTime: '' }, ['receiveTimeMissing', 'timeUnreadable']],
      [{ ...received, CrisisReceiveTime: '25:00' }, ['receiveTimeInvalid', 'timeUnreadable']],
      [{ CrisisReceiveDate: '2014-06-16' }, ['receiverMissing', 'receiveTimeMissing']],
    ] as const) {
      const reading = readFeedbackStage(feedback)
      assert.deepEqual([reading.stage, reading.flags], ['none', flags])
      // A fragment says something, so it is accepted; only a feedback that says nothing is refused.
      requireStage(reading)
    }
  })

  it('is none, and refused, when nothing is filled in', () => {
    for (const feedback of [
      { ExamNo: '1' },
      ...BLANKS.map((blank) => ({
        ExamNo: '1',
        CrisisReceiver: { code: blank, name: blank },
        CrisisReceiveDate: blank,
        ProcessStaff: { code: blank, name: blank },
        ProcessSuggest: blank,
        ProcessResult: blank,
      })),
    ]) {
      const reading = readFeedbackStage(feedback)
      assert.deepEqual([reading.stage, reading.flags], ['none', ['feedbackEmpty']])
      assert.equal(refused(() => requireStage(reading), 'FEEDBACK_EMPTY').answer, '422')
    }
    requireStage(readFeedbackStage(received))
    requireStage(readFeedbackStage(processed))
  })

  it('takes its times in the zone of the site', () => {
    const reading = readFeedbackStage(processed, 'America/New_York')
    assert.equal(reading.receivedAt.at, '2014-06-16T16:43:27-04:00')
    assert.equal(reading.processedAt.at, '2014-06-16T16:50:00-04:00')
    const twice = { ...received, CrisisReceiveDate: '2024-11-03', CrisisReceiveTime: '01:30' }
    assert.deepEqual(readFeedbackStage(twice, 'America/New_York').flags, ['receiveTimeAmbiguous'])
  })
})

describe('the quality of a critical value', () => {
  const { crisis } = readCrisisDocument(sample('crisis.xml')).crises[0]!

  it('lacks nothing in the sample of the document', () => {
    const reading = readCrisisQuality(crisis)
    assert.deepEqual(reading.flags, [])
    assert.equal(reading.setAt.at, '2014-06-16T16:33:27+08:00')
  })

  it('flags each thing that is missing', () => {
    for (const blank of BLANKS) {
      for (const [lacking, flag] of [
        [{ ExamNo: blank }, 'examNoMissing'],
        [{ ApplyNo: blank }, 'applyNoMissing'],
        [{ SickNo: blank }, 'sickNoMissing'],
        [{ CrisisName: blank }, 'nameMissing'],
        [{ CrisisSettor: { code: blank, name: blank } }, 'settorMissing'],
        [{ CrisisSetDate: blank }, 'setTimeMissing'],
        [{ CrisisSetTime: blank }, 'setTimeMissing'],
        [{ CrisisSetTime: `${blank}刚才` }, 'setTimeInvalid'],
      ] as const) {
        assert.deepEqual(readCrisisQuality({ ...crisis, ...lacking }).flags, [flag])
      }
    }
    assert.deepEqual(readCrisisQuality({}).flags, [
      'setTimeMissing',
      'examNoMissing',
      'applyNoMissing',
      'sickNoMissing',
      'nameMissing',
      'settorMissing',
    ])
    assert.equal(readCrisisQuality({ ...crisis, CrisisSetTime: '' }).setAt.at, null)
  })
})

describe('an alert that is open because a time cannot be read', () => {
  const nurse = { CrisisReceiver: { code: '1', name: '护士' } }
  const done = { ProcessStaff: { code: '2', name: '医生' }, ProcessResult: '已处理' }
  for (const [rule, actual, right] of [
    [
      'a reception without a time',
      isTimeUnreadable('none', [{ feedback: nurse, stage: 'none' }]),
      true,
    ],
    [
      'not once somebody has said it with a time',
      isTimeUnreadable('received', [{ feedback: nurse, stage: 'none' }]),
      false,
    ],
    [
      'a processing without a time, although it was received',
      isTimeUnreadable('received', [{ feedback: { ...nurse, ...done }, stage: 'received' }]),
      true,
    ],
    ['nothing was said', isTimeUnreadable('none', []), false],
  ] as const) {
    it(rule, () => assert.equal(actual, right))
  }
})
