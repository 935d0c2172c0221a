import assert from 'node:assert/strict'
import {
  acknowledge,
  alertFor,
  alertKey,
  arrivalOf,
  CLOCK_TOLERANCE_MS,
  contentHash,
  feedbackKey,
  otherPatients,
  readCrisisQuality,
  readFeedbackStage,
  requireStage,
  retold,
  saysNow,
  waitsFor,
  writeReport,
  type Milestone,
} from '../../src/loop/index.js'
import {
  alertOf,
  arriving,
  AT,
  BOTH,
  both,
  corrected,
  CRISIS,
  exam,
  far,
  idsOf,
  iso,
  kindOf,
  levelSaid,
  MINUTE,
  parts,
  PROCESS,
  RECEIVED,
  receivedAt,
  report,
  said,
  second,
  stored,
} from './reading-rig.js'

/*
 * The rules of the reading, one row each, by their numbers there. Each asks a pure function of src/loop, and the
 * right column is what the reading says.
 */

type Row = readonly [rule: string, text: string, actual: () => unknown, right: unknown]

const ROWS: readonly Row[] = [
  [
    'A13',
    'what is missing is flagged, and accepted',
    () => readCrisisQuality({ ExamNo: '1' }).flags.toSorted(),
    ['applyNoMissing', 'nameMissing', 'setTimeMissing', 'settorMissing', 'sickNoMissing'],
  ],
  [
    'A14',
    'ids are texts: leading zeros make another exam',
    () => feedbackKey('', { ExamNo: '01' }) === feedbackKey('', { ExamNo: '1' }),
    false,
  ],
  [
    'A16',
    'date and time are joined in the zone of the site',
    () => readCrisisQuality(CRISIS, '+08:00').setAt.epochMs,
    AT - 30 * MINUTE,
  ],
  [
    'A16',
    'without a set time the clock starts at our receipt',
    () => readCrisisQuality({ ...CRISIS, CrisisSetTime: '' }).setAt.at,
    null,
  ],
  [
    'A18',
    'the same exam with another content is a revision',
    () => kindOf(alertOf(1), arriving()),
    'revision',
  ],
  [
    'A19',
    'two findings are tracked separately',
    () => alertFor([alertOf(1)], arriving({ finding: 'f2' })),
    undefined,
  ],
  [
    'A19',
    'a stage is told when all open alerts have reached it',
    () => waitsFor(exam(['received', 'stored']), report()),
    'otherFinding',
  ],
  [
    'A19',
    'and not before the last one has',
    () => waitsFor(exam(['received', 'received']), report()),
    null,
  ],
  [
    'A19',
    'perAlert tells it of one alone',
    () => waitsFor(exam(['received', 'stored']), report({ perAlert: true })),
    null,
  ],
  [
    'A19',
    'processing waits for the other finding, which is only received',
    () => waitsFor(exam(['processed', 'received'], [parts(BOTH), parts(RECEIVED)]), both),
    'otherFinding',
  ],
  [
    'A19',
    'one acknowledgement must not close two findings: one set later is not spoken of',
    () => idsOf([alertOf(1), second], receivedAt(AT - MINUTE - 1_000)),
    [1],
  ],
  [
    'A20',
    'the first message has receiving only',
    () => levelSaid(saysNow(exam(['received']), report())),
    1,
  ],
  [
    'A20',
    'the second one repeats receiving and adds processing',
    () =>
      levelSaid(
        saysNow(
          exam(['processed'], [parts(BOTH)]),
          report({ ...both, feedback: { ...PROCESS, ExamNo: '1' } }),
        ),
      ),
    3,
  ],
  [
    'A20',
    'the process elements of the first are empty',
    () => writeReport(report(), RECEIVED).includes('<ProcessResult></ProcessResult>'),
    true,
  ],
  [
    'A20',
    'or left out, where a site sets omitEmptyProcess',
    () => writeReport(report({ omitEmptyProcess: true }), RECEIVED).includes('Process'),
    false,
  ],
  [
    'A20',
    'combinedOnly sends receiving together with processing',
    () => waitsFor(exam(['received']), report({ combinedOnly: true })),
    'process',
  ],
  [
    'A20',
    'process data are never invented: what another closed is told as received only',
    () => levelSaid(saysNow(exam(['processed']), report())),
    1,
  ],
  [
    'A20',
    'processing that was told of an exam that is not known here is not taken back',
    () => {
      const told = [{ alert: 0, parts: parts(BOTH) }]
      return levelSaid(saysNow({ ...exam([]), told }, report({ alerts: [0] })))
    },
    3,
  ],
  [
    'A21',
    'a blank is no value: it processes nothing',
    () => readFeedbackStage({ ...BOTH, ProcessResult: '\u3000\u00a0 ' }).stage,
    'received',
  ],
  [
    'A22',
    'result, staff and time together process',
    () => readFeedbackStage(BOTH).stage,
    'processed',
  ],
  ...(['ProcessStaff', 'ProcessDate', 'ProcessTime', 'ProcessResult'] as const).map((name): Row => [
    'A22',
    `without ${name} it stays received, and is flagged`,
    () => {
      const { [name]: _left, ...rest } = BOTH
      const { stage, flags } = readFeedbackStage(rest)
      return [stage, flags.includes('processIncomplete')]
    },
    ['received', true],
  ]),
  [
    'A25',
    'whoever set it and receives it is flagged',
    () => far('stored', receivedAt(AT, '040001')).flags,
    ['selfAck'],
  ],
  [
    'A27',
    'two campuses may reuse a number',
    () => feedbackKey('a', CRISIS) === feedbackKey('b', CRISIS),
    false,
  ],
  [
    'section 2, K',
    'is the same for the same exam, set time and finding, whatever the memo',
    () => alertKey('', CRISIS) === alertKey('', { ...CRISIS, CrisisMemo: 'x', SickNo: 'y' }),
    true,
  ],
  [
    'section 2, K',
    'is made of all fields where the set time is missing',
    () => {
      const undated = { ...CRISIS, CrisisSetTime: '' }
      return alertKey('', undated) === alertKey('', { ...undated, CrisisMemo: 'x' })
    },
    false,
  ],
  [
    'section 2, H',
    'differs with any field',
    () => contentHash('', CRISIS) === contentHash('', { ...CRISIS, CrisisMemo: 'x' }),
    false,
  ],
  [
    'section 2, re-send',
    'K and H known is counted and not handed out',
    () => kindOf(alertOf(1), arriving({ content: 'content 1' })),
    'resend',
  ],
  [
    'section 2, revision',
    'X and finding equal with a new set time',
    () => alertFor([alertOf(1)], arriving({ setAt: iso(AT) }))?.id,
    1,
  ],
  [
    'section 2, revision',
    'an old acknowledgement does not carry over, also when it comes late',
    () => far('stored', receivedAt(AT - 10 * MINUTE - CLOCK_TOLERANCE_MS - 1), corrected).counts,
    false,
  ],
  [
    'section 2, revision',
    'an honest one by a clock that is slow counts',
    () => far('stored', receivedAt(AT - 10 * MINUTE - CLOCK_TOLERANCE_MS), corrected).counts,
    true,
  ],
  [
    'section 2, revision',
    'what was said of the content before is not told again',
    () => retold(exam(['received'], []), report()),
    null,
  ],
  [
    'section 2, revision',
    'another SickNo is possibly the wrong patient',
    () => otherPatients([alertOf(1)], arriving({ crisis: { SickNo: 'C0002' } })).length,
    1,
  ],
  [
    'section 2, revision',
    'and holds feedback, however far the exam has come',
    () => waitsFor(exam(['processed'], [parts(BOTH)], { hold: 'wrongPatient' }), both),
    'wrongPatient',
  ],
  [
    'section 2, second finding',
    'is an additional alert where nothing names it',
    () => alertFor([alertOf(1)], arriving({ crisis: { ExamNo: '1' } })),
    undefined,
  ],
  [
    'section 2, re-send after closing',
    'is late',
    () => {
      const arrival = arrivalOf(
        alertOf(1, { stage: 'processed' }),
        arriving({ content: 'content 1' }),
      )
      return arrival.kind === 'resend' && arrival.late
    },
    true,
  ],
  [
    'section 2, re-send after closing',
    'a new set time after closing is a new alert',
    () => alertFor([alertOf(1, { stage: 'fedBack' })], arriving({ setAt: iso(AT) })),
    undefined,
  ],
  [
    'section 2, cancel',
    'a cancelled alert is no other patient any more',
    () =>
      otherPatients([alertOf(1, { stage: 'cancelled' })], arriving({ crisis: { SickNo: 'C0002' } }))
        .length,
    0,
  ],
  [
    'section 2, feedback',
    'receive then process are two transitions',
    () => [far('stored', said(RECEIVED)).stage, far('received', said(BOTH)).stage],
    ['received', 'processed'],
  ],
  [
    'section 2, feedback',
    'process without receive is accepted, and no reception is made up',
    () => far('stored', said(PROCESS)).milestones.map(({ stage }) => stage),
    ['processed'],
  ],
  [
    'section 2, feedback',
    'a later, different receiver is appended, and the first stays',
    () => {
      const first: Milestone = { ...stored(AT), stage: 'received', code: '040009' }
      const result = far('received', said(RECEIVED), [stored(AT - 30 * MINUTE), first])
      return [result.flags, result.milestones.length]
    },
    [['otherReceiver'], 1],
  ],
  [
    'section 2, feedback',
    'a conflicting process is appended and flagged',
    () => {
      const done = alertOf(1, { stage: 'processed', processedAt: AT })
      const before: Milestone = { ...stored(AT), stage: 'processed', code: '040009' }
      const result = acknowledge(
        { ...done, milestones: [stored(AT - MINUTE), before] },
        said(PROCESS),
        AT,
      )
      return [result.flags.includes('processedAgain'), result.milestones.length]
    },
    [true, 1],
  ],
  [
    'section 2, feedback',
    'the same again changes nothing',
    () => {
      const known: Milestone = { ...stored(AT), stage: 'received', code: '040002' }
      return far('received', said(RECEIVED), [stored(AT - 30 * MINUTE), known]).milestones
    },
    [],
  ],
  [
    'section 2, feedback',
    'a receive time in the future beyond five minutes is flagged, and counts',
    () => {
      const { flags, counts } = far('stored', receivedAt(AT + CLOCK_TOLERANCE_MS + 1))
      return [flags, counts]
    },
    [['clockSkew'], true],
  ],
  [
    'section 2, feedback',
    'and so is one before the critical value was set',
    () => far('stored', receivedAt(AT - 30 * MINUTE - CLOCK_TOLERANCE_MS - 1)).flags,
    ['clockSkew'],
  ],
  [
    'section 2, feedback',
    'stages never go back',
    () => far('processed', said(RECEIVED)).stage,
    'processed',
  ],
  [
    'section 2, feedback',
    'a cancelled alert is spoken of only where there is no other',
    () => idsOf([alertOf(1, { stage: 'cancelled' }), alertOf(2)], said(RECEIVED)),
    [2],
  ],
]

describe('the rules of the reading', () => {
  for (const [rule, text, actual, right] of ROWS) {
    it(`${rule}: ${text}`, () => assert.deepEqual(actual(), right))
  }

  it('section 2, feedback: with all stage fields blank it is refused with 422', () => {
    const nothing = readFeedbackStage({ ExamNo: '1', ProcessSuggest: ' ' })
    assert.throws(() => requireStage(nothing), { code: 'FEEDBACK_EMPTY' })
  })
})
