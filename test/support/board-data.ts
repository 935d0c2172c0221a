import type {
  AccountsView,
  ActKind,
  ExamView,
  FiguresView,
  OpenCounts,
  OpenRow,
  PhoneCallsView,
  RawView,
  Reason,
  RegisterView,
  RosterView,
  SearchView,
  StuckRow,
  StuckView,
} from '../../src/board/api.js'

/* An invented hospital as its board sees it. All times hang on NOW, so that nothing changes from run to run. */

export const NOW = Date.UTC(2026, 2, 5, 8, 33, 27)
const MINUTE = 60_000

const words = (zh: string, en: string): Reason => ({ zh, en })
const person = (code: string, name: string) => ({ code, name })
const LI = person('040007', '李晓医生')
const WANG = person('040118', '王敏护士')
const ZHAO = person('020031', '赵主任')

const FINDINGS = [
  '胎盘早剥',
  '主动脉夹层',
  '张力性气胸',
  '大面积脑梗死',
  '肺栓塞',
  '心脏压塞',
  '消化道穿孔',
]
const DEPARTMENTS = ['产科', '心内科', '急诊科', '神经内科', '呼吸科', '重症医学科', '']
const CHANNELS = ['企业微信', '短信', '语音外呼']

/** Row n of the open exams: two are overdue, one held, one corrected, the rest in all stages. */
export function openRow(n: number): OpenRow {
  const openedAt = NOW - (25 - Math.min(n, 24)) * MINUTE - 13_000
  const stage = (['notified', 'received', 'stored'] as const)[n % 3] ?? 'stored'
  const isReceived = stage === 'received'
  const at = n < 2 ? NOW - (12 - 7 * n) * MINUTE : NOW + (n - 1) * 95_000
  return {
    alert: n + 1,
    id: `k${n}`,
    system: 'PACS',
    ExamNo: `2026030${String(1000 + n)}`,
    ApplyNo: `A${String(70_000 + n)}`,
    SickNo: `C${String(10_001 + n)}`,
    patient: `张某${n}`,
    CrisisType: '影像',
    CrisisCode: String(1 + (n % 3)),
    text: FINDINGS[n % FINDINGS.length] ?? '',
    department: DEPARTMENTS[n % DEPARTMENTS.length] ?? '',
    stage,
    openedAt,
    due: {
      until: isReceived ? 'processed' : 'received',
      at,
      step: n % 4 === 3 ? null : 1 + (n % 3),
      stepAt: n % 4 === 3 ? null : at,
    },
    isOverdue: n < 2,
    owner: isReceived ? LI : n % 2 === 0 ? WANG : null,
    ownerSince: isReceived || n % 2 === 0 ? openedAt + MINUTE : null,
    page:
      stage === 'stored'
        ? null
        : {
            id: 900 + n,
            person: n % 2 === 0 ? WANG : LI,
            role: '值班医生',
            channel: CHANNELS[n % 3] ?? '',
            state: n === 3 ? 'failed' : n % 5 === 4 ? 'owed' : 'accepted',
            at: openedAt + 2 * MINUTE,
            reason: n === 3 ? words('号码无效', 'the number is not valid') : null,
          },
    pages: stage === 'stored' ? 0 : 1 + (n % 3),
    trouble:
      n === 3
        ? {
            code: 'channelDown',
            reason: words('短信渠道不可用', 'The channel SMS is down'),
            at: NOW - 3 * MINUTE,
          }
        : null,
    revision: n === 1 ? 2 : 1,
    hold: n === 4 ? 'wrongPatient' : null,
  }
}

export const openRows = (count: number): OpenRow[] =>
  Array.from({ length: count }, (_, n) => openRow(n))

export const countsOf = (rows: readonly OpenRow[]): OpenCounts => ({
  open: rows.length,
  overdue: rows.filter(({ isOverdue }) => isOverdue).length,
  owed: 3,
  stuck: 7,
  lastTrouble: {
    code: 'channelDown',
    reason: words('短信渠道不可用', 'The channel SMS is down'),
    at: NOW - 3 * MINUTE,
  },
})

const EXAM_ACTS: readonly ActKind[] = [
  ...(['received', 'readBack', 'processed', 'passedOn'] as const),
  ...(['chooseContent', 'liftHold', 'cancelAlert'] as const),
]

export function examView(alert: number): ExamView {
  const row = openRow(alert - 1)
  const at = row.openedAt
  const fields = (memo: string) => [
    { name: 'ExamNo', value: row.ExamNo },
    { name: 'ApplyNo', value: row.ApplyNo },
    { name: 'SickNo', value: row.SickNo },
    { name: 'CrisisCode', value: row.CrisisCode },
    { name: 'CrisisName', value: row.text },
    { name: 'CrisisMemo', value: memo },
    { name: 'CrisisSettor', value: '管理员 040002' },
  ]
  return {
    now: NOW,
    row: { ...row, closedAt: null },
    revisions: [
      { revision: 1, at, fields: fields('加急处理。') },
      { revision: 2, at: at + 3 * MINUTE, fields: fields('加急处理，已电话通知产科二线。') },
    ],
    pages: [
      ...(row.page ? [row.page] : []),
      {
        ...{ id: 8, person: LI, role: '二线', channel: '短信', state: 'failed', at: at + MINUTE },
        reason: words('号码无效', 'the number is not valid'),
      },
    ],
    timeline: [
      {
        ...{ at, kind: 'arrived', person: null },
        words: words('收到危急值并已落盘', 'The value came in and was stored'),
        raw: [
          { name: 'request', n: 1, bytes: 812 },
          { name: 'reply', n: 1, bytes: 96 },
        ],
      },
      {
        ...{ at: at + MINUTE, kind: 'page', person: WANG, raw: [] },
        words: words('已通知王敏护士（企业微信）', 'Wang Min was paged by WeCom'),
      },
      {
        ...{ at: at + 2 * MINUTE, kind: 'trouble', person: null, raw: [] },
        words: words('短信渠道不可用', 'The channel SMS is down'),
      },
      {
        ...{ at: at + 3 * MINUTE, kind: 'revision', person: null, raw: [] },
        words: words('内容已更正', 'The content was corrected'),
      },
      {
        ...{ at: at + 4 * MINUTE, kind: 'act', person: LI, raw: [] },
        words: words('李晓医生已接收，并复述 <b>无误</b>', 'Li Xiao received it and read it back'),
      },
      {
        ...{ at: at + 5 * MINUTE, kind: 'attempt', person: null },
        words: words('接收反馈已送达 PACS', 'Feedback was delivered to the PACS'),
        raw: [{ name: 'request', n: 2, bytes: 640 }],
      },
    ],
    audit: [
      { at: at + 4 * MINUTE, who: '李晓医生 040007', action: 'acknowledge', reason: '' },
      { at: at + 6 * MINUTE, who: '赵主任 020031', action: 'replay', reason: '对方重启后要求重发' },
    ],
    acts: EXAM_ACTS,
  }
}

export const rawView: RawView = {
  charset: 'UTF-8',
  isMasked: false,
  text: [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<XmlDocument>',
    '  <Crisis>',
    '    <ExamNo>20260301000</ExamNo>',
    '    <CrisisName>胎盘早剥</CrisisName>',
    '  </Crisis>',
    '</XmlDocument>',
  ].join('\n'),
}

const stuckRow = (
  kind: StuckRow['kind'],
  reason: Reason,
  acts: readonly ActKind[],
  alert: number | null = 1,
): StuckRow => ({
  ...{ kind, id: `${kind}-1`, alert, ExamNo: alert === null ? '' : '20260301000' },
  ...{ where: kind === 'page' ? '短信' : 'PACS 反馈', at: NOW - 42 * MINUTE, reason, acts },
  targets: kind === 'unclaimed' ? [{ id: 'node-b', name: '危急值到病区' }] : [],
})

export const stuckView: StuckView = {
  now: NOW,
  isCut: false,
  rows: [
    stuckRow('dead', words('对方拒收：找不到检查', 'Refused: no such exam'), [
      ...(['replay', 'editAndSend', 'giveUp'] as const),
    ]),
    stuckRow('page', words('三个渠道均失败', 'Three channels have failed'), []),
    stuckRow('hold', words('病人号在更正中改变', 'The patient number changed'), ['liftHold']),
    stuckRow('quarantine', words('不是完整的 XML', 'Not a whole XML document'), [], null),
    stuckRow('orphan', words('没有这个检查', 'There is no such exam'), [], null),
    stuckRow('unclaimed', words('节点已删除', 'The node was deleted'), ['passOn'], null),
    stuckRow('waiting', words('等待同一检查的前一份', 'Waits for the one before it'), []),
  ],
}

export const searchView = (after: string): SearchView => ({
  now: NOW,
  rows: Array.from({ length: 8 }, (_, n) => {
    const row = openRow(after === '' ? n : n + 8)
    const isClosed = n > 2
    return {
      ...row,
      stage: isClosed ? 'fedBack' : row.stage,
      closedAt: isClosed ? NOW - MINUTE : null,
      receivedBy: n > 0 ? LI : null,
      processedBy: isClosed ? ZHAO : null,
    }
  }),
  next: after === '' ? '8' : null,
})

const COLUMNS = [
  ['number', '序号', 'No.'],
  ['patient', '患者姓名/性别/年龄', 'Patient (name, sex, age)'],
  ['sickNo', '住院号或门诊号', 'Patient number'],
  ['place', '科室/病区/床号', 'Department, ward, bed'],
  ['examNo', '检查流水号', 'Exam number'],
  ['finding', '危急值内容', 'Critical value'],
  ['foundAt', '发现时间', 'Found at'],
  ['receiver', '接收人（工号/职务）', 'Received by (staff no., post)'],
  ['receivedAt', '接收时间', 'Received at'],
  ['readBack', '复述确认', 'Read back'],
  ['measures', '处理措施', 'Measures taken'],
  ['processedAt', '处理时间', 'Processed at'],
  ['overdue', '超时标志与原因', 'Overdue, and why'],
  ['changes', '更正/作废说明', 'Corrections, cancelling'],
] as const

export const registerView: RegisterView = {
  now: NOW,
  columns: COLUMNS.map(([key, zh, en]) => ({ key, words: { zh, en } })),
  rows: Array.from({ length: 24 }, (_, n) => {
    const row = openRow(n)
    const cells = [
      ...[String(n + 1), row.patient, row.SickNo, row.department || '缺', row.ExamNo, row.text],
      ...[
        '2026-03-05 16:08',
        '管理员（040002）',
        '李晓医生（040007/住院医师）',
        '2026-03-05 16:12',
      ],
      ...['是', '急诊手术准备，已通知手术室', '2026-03-05 16:20'],
      ...[n < 2 ? '接收超时（原因：缺）' : '否', n === 1 ? '已更正' : '无'],
    ]
    return { alert: n + 1, isOverdue: n < 2, cells }
  }),
  next: null,
}

const CODES = [
  [
    'RQI-RCV-04',
    '放射影像危急值10分钟内通报完成率',
    'Radiology critical values told within 10 min',
  ],
  ['US-CV-01', '超声危急值10分钟内通报完成率', 'Ultrasound critical values told within 10 min'],
  ['receivedOnTime', '接收及时率', 'Received on time'],
  ['processedOnTime', '处理及时率', 'Processed on time'],
  ['closedLoop', '闭环率', 'Closed loops'],
  ['pagesPerValue', '每例通知次数', 'Pages a critical value'],
] as const

const figuresAt = (n: number) =>
  CODES.map(([code], m) => {
    const denominator = n === 5 ? 0 : 8 + ((n * 5 + m * 3) % 9)
    const missed = (n * 7 + m) % 4
    const numerator = code === 'pagesPerValue' ? denominator * 2 + missed : denominator - missed
    const open = denominator === 0 ? 0 : Math.min(missed, n % 3)
    return { code, numerator: Math.max(0, numerator), denominator, open, excluded: m % 2 }
  })

/** Figures grouped by the days of a month, or by departments. */
export function figuresView(by: string): FiguresView {
  const labels =
    by === 'department'
      ? DEPARTMENTS
      : by === 'shift'
        ? ['白班', '小夜', '大夜']
        : Array.from({ length: 31 }, (_, n) =>
            new Date(NOW - (30 - n) * 1440 * MINUTE).toISOString().slice(0, 10),
          )
  const groups = labels.map((label, n) => ({ label, figures: figuresAt(n) }))
  return {
    now: NOW,
    meanings: CODES.map(([code, zh, en]) => ({
      ...{
        code,
        name: { zh, en },
        source: '国卫办医政函〔2024〕150号',
        isShare: code !== 'pagesPerValue',
      },
      numerator: words('时限内完成的例数', 'Done within the limit'),
      denominator: words(
        '同期危急值总例数（不含作废）',
        'Critical values of the period, not cancelled',
      ),
    })),
    groups,
    whole: CODES.map(([code], m) => {
      const all = groups.map(({ figures }) => figures[m])
      const sum = (of: 'numerator' | 'denominator' | 'open' | 'excluded') =>
        all.reduce((total, figure) => total + (figure?.[of] ?? 0), 0)
      const [numerator, denominator] = [sum('numerator'), sum('denominator')]
      return { code, numerator, denominator, open: sum('open'), excluded: sum('excluded') }
    }),
    uncounted: 2,
    isCut: false,
  }
}

export const rosterView: RosterView = {
  now: NOW,
  rosters: [
    {
      ...{ name: '全院值班表', readAt: NOW - 5 * MINUTE, problem: null },
      duties: [
        {
          ...{ role: '值班医生', department: '产科', shift: '08:00–17:30', gap: null },
          people: [
            { ...LI, channels: ['企业微信', '短信'] },
            { ...WANG, channels: ['短信'] },
          ],
        },
        {
          ...{ role: '二线', department: '心内科', shift: '', people: [] },
          gap: words('此时无人值班', 'nobody is on call at this time'),
        },
        {
          ...{ role: '总值班', department: '', shift: '', gap: null },
          people: [{ ...ZHAO, channels: ['语音外呼'] }],
        },
      ],
    },
  ],
}

export const accountsView: AccountsView = {
  now: NOW,
  rows: [
    {
      ...{
        user: 'admin',
        person: person('', '首个管理员'),
        role: 'administer',
        seesPatients: true,
      },
      ...{ isLocked: false, isFirst: true, lastSignIn: NOW - 90 * MINUTE },
    },
    {
      ...{ user: 'lixiao', person: LI, role: 'act', seesPatients: true },
      ...{ isLocked: false, isFirst: false, lastSignIn: NOW - 20 * MINUTE },
    },
    {
      ...{
        user: 'quality',
        person: person('', '<b>质控办</b>'),
        role: 'look',
        seesPatients: false,
      },
      ...{ isLocked: true, isFirst: false, lastSignIn: null },
    },
  ],
}

export const callsView: PhoneCallsView = {
  now: NOW,
  rows: [false, true].map((isMatched, n) => ({
    ...{ id: `call-${n}`, at: NOW - (30 + n) * MINUTE, caller: ZHAO, called: LI },
    ...{ ExamNo: isMatched ? '20260301003' : '', SickNo: `C1000${n}`, text: '主动脉夹层' },
    ...{ isReadBack: !isMatched, note: '网络中断', enteredBy: 'lixiao' },
    alert: isMatched ? 4 : null,
  })),
  candidates: { 'call-0': [{ alert: 2, ExamNo: '20260301001' }] },
}
