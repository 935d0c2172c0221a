import type { Reason } from '../messages/index.js'

/*
 * The troubles that a flow is told of. They follow from the entries of the audit, so that whoever changes the ledger owes
 * the trouble in the same transaction. A trouble with handing out a message is none of them: it would tell of itself.
 */

/** A trouble that lasts: it is told of when it begins and when it ends. */
export const LASTING_TROUBLES = [
  'backlog',
  'silence',
  'rosterGap',
  'channelDown',
  'peerDown',
  'synthetic',
] as const
export type LastingTrouble = (typeof LASTING_TROUBLES)[number]

/** The topic of the message; that of the end of `channelDown` and `peerDown` is `channelUp` and `peerUp`. */
export type TroubleKind =
  | LastingTrouble
  | 'channelUp'
  | 'peerUp'
  | 'deadLetter'
  | 'feedbackRefused'
  | 'contradiction'
  | 'orphan'
  | 'wrongPatient'
  | 'quarantine'

export type TroubleState = 'begun' | 'ended'

/** A trouble without the record that it is about. */
export interface Trouble {
  readonly kind: TroubleKind
  /** null = it happened, and does not last. */
  readonly state: TroubleState | null
  /** Stable; the code of the cause where there is one. */
  readonly code: string
  readonly reason: Reason
}

/** An entry of the audit, as far as a trouble follows from it. */
export interface NotedEntry {
  readonly kind: string
  readonly detail?: Readonly<Record<string, string | number | boolean | null>> | undefined
}

/** A document that nobody tries again until a person decides. */
export interface DeadDocument {
  readonly operation: string
  readonly class: string
  readonly code: string
  readonly reason: Reason
}

const KINDS = {
  held: 'document',
  dead: 'document',
  orphan: 'orphan',
  wrongPatient: 'wrongPatient',
  earlierContent: 'contradiction',
  contradicted: 'contradiction',
  quarantined: 'quarantine',
  quarantineTrimmed: 'quarantine',
  peerFailing: 'peerDown',
  peerRecovered: 'peerUp',
  old: 'backlog',
  waits: 'backlog',
  passedOver: 'rosterGap',
} as const satisfies Readonly<Record<string, TroubleKind | 'document'>>

type NotedKind = keyof typeof KINDS

const isNoted = (kind: string): kind is NotedKind => Object.hasOwn(KINDS, kind)

/** True for an entry that a trouble follows from. Asked of every entry, so that the others cost nothing. */
export function isTroubling({ kind, detail }: NotedEntry): boolean {
  if (!isNoted(kind)) return false
  // At a site that accepts feedback of exams that are not known here, such feedback is no trouble.
  if (kind === 'orphan') return detail?.['accepted'] !== true
  // Refused feedback of an unknown exam is told of by itself.
  if (kind === 'quarantined') return detail?.['code'] !== 'FEEDBACK_ORPHAN'
  // Of a refusal the flow hears by the node that took it.
  if (kind === 'passedOver') return detail?.['why'] !== 'refused'
  return kind !== 'quarantineTrimmed' || Number(detail?.['forRoom']) > 0
}

/**
 * The trouble that follows from an entry; null = none.
 * @param document the dead letter that the entry is about; null for every other entry
 */
export function troubleOf(entry: NotedEntry, document: DeadDocument | null): Trouble | null {
  const { kind } = entry
  if (!isNoted(kind) || !isTroubling(entry)) return null
  const found = KINDS[kind]
  if (found === 'document') return document && deadLetter(document)
  const reason = REASONS[kind as keyof typeof REASONS](entry.detail ?? {})
  return { kind: found, state: STATES[found] ?? null, code: CODES[found](entry), reason }
}

/** True when every document of the peer would end for the same cause, so that it is told of once. */
export const isOfAllDocuments = ({ class: kind, code }: Pick<DeadDocument, 'class' | 'code'>) =>
  kind === 'unauthorized' || OF_SETTINGS.has(code)

/** Codes of a wrong setting, which every document meets and no repeat cures. */
export const OF_SETTINGS: ReadonlySet<string> = new Set([
  'REQUEST_EMPTY',
  'WSDL_NO_OPERATION',
  'PEER_ADDRESS',
])

/** Flags of a feedback that says something else than was said before it. */
const CONTRADICTING: ReadonlySet<string> = new Set(['otherReceiver', 'afterCancel'])

export const contradictionsIn = (flags: readonly string[]): readonly string[] =>
  flags.filter((flag) => CONTRADICTING.has(flag))

function deadLetter({ operation, class: kind, code, reason }: DeadDocument): Trouble {
  const told = { state: null, code, reason }
  if (kind === 'ambiguous' && code.startsWith('REPLY_')) return { ...told, kind: 'contradiction' }
  const isRefused = operation === 'SynCrisisResponseInfo' && kind === 'rejected'
  return { ...told, kind: isRefused ? 'feedbackRefused' : 'deadLetter' }
}

const STATES: Partial<Record<TroubleKind, TroubleState>> = { peerDown: 'begun', peerUp: 'ended' }

const detailCode = ({ detail }: NotedEntry, fallback: string): string =>
  typeof detail?.['code'] === 'string' ? detail['code'] : fallback

const CODES = {
  orphan: () => 'FEEDBACK_ORPHAN',
  wrongPatient: () => 'WRONG_PATIENT',
  contradiction: ({ kind }: NotedEntry) =>
    kind === 'earlierContent' ? 'EARLIER_CONTENT' : 'FEEDBACK_CONTRADICTS',
  quarantine: (entry: NotedEntry) => detailCode(entry, 'QUARANTINE_FULL'),
  peerDown: () => 'PEER_FAILING',
  peerUp: () => 'PEER_RECOVERED',
  rosterGap: () => 'STEP_PASSED_OVER',
  backlog: ({ kind }: NotedEntry) => (kind === 'old' ? 'DELIVERY_OLD' : 'FEEDBACK_WAITS'),
}

type Detail = NonNullable<NotedEntry['detail']>

const SAID: Readonly<Record<string, Reason>> = {
  otherReceiver: { zh: '接收者不同', en: 'another receiver' },
  afterCancel: { zh: '危急值已作废', en: 'the critical value is cancelled' },
}

function contradicted({ flags }: Detail): Reason {
  const said = String(flags)
    .split(' ')
    .flatMap((flag) => SAID[flag] ?? [])
  return {
    zh: `收到与先前不一致的反馈（${said.map(({ zh }) => zh).join('，')}），两者均已保存，请核实`,
    en: `Feedback differs from what was said before (${said.map(({ en }) => en).join(', ')}); both are kept, find out which is right`,
  }
}

const REASONS = {
  orphan: () => ({
    zh: '收到的反馈找不到对应的危急值，请核对检查号',
    en: 'Feedback came in that belongs to no critical value; check its ExamNo',
  }),
  wrongPatient: () => ({
    zh: '同一检查的病人号发生变化，可能是错误的病人：自动反馈已暂停，请人工核实',
    en: 'The SickNo of an exam has changed, possibly the wrong patient: automatic feedback is held until people have checked',
  }),
  earlierContent: () => ({
    zh: '再次收到更正之前的旧内容：仍以更正后的内容为准，请向 PACS 核实',
    en: 'The content from before a correction was sent again: the correction stays; ask the PACS',
  }),
  contradicted,
  quarantined: ({ code }: Detail) => ({
    zh: `收到无法采用的请求，原文已存入隔离区（${String(code)}）；同一原因一小时内只告知一次`,
    en: `A call could not be taken and is kept in the quarantine (${String(code)}); the same cause is told of once an hour`,
  }),
  quarantineTrimmed: ({ forRoom }: Detail) => ({
    zh: `隔离区已满，最早的 ${String(forRoom)} 条原文已删除`,
    en: `The quarantine is full, and its oldest ${String(forRoom)} items were removed`,
  }),
  peerFailing: ({ failures }: Detail) => ({
    zh: `对方系统连续 ${String(failures)} 次未能接收消息，仍在重试`,
    en: `The peer has failed ${String(failures)} times in a row; it is still being tried`,
  }),
  peerRecovered: () => ({ zh: '对方系统已恢复', en: 'The peer takes documents again' }),
  passedOver: ({ step }: Detail) => ({
    zh: `第 ${String(step)} 步没有人可以通知到，下一步立即执行`,
    en: `Nobody could be paged for step ${String(step)}; the next one is due at once`,
  }),
  old: ({ documents }: Detail) => ({
    zh: `又有 ${String(documents)} 条消息久未送达，仍在重试`,
    en: `${String(documents)} more documents have not been delivered for long; they are still being tried`,
  }),
  waits: ({ documents }: Detail) => ({
    zh: `又有 ${String(documents)} 条反馈等待过久仍未发出；可用“危急值查询”查看`,
    en: `${String(documents)} more feedback documents have waited for long and were not sent; crisis register shows them`,
  }),
}

/** The trouble by which the beginning, or the end, of one that lasts is told of. */
export function lastingTrouble(kind: LastingTrouble, isOn: boolean, why: Reason | null): Trouble {
  const { code, begun, ended, over = kind } = LASTING[kind]
  const state = isOn ? 'begun' : 'ended'
  return {
    kind: isOn ? kind : over,
    state,
    code: isOn ? code[0] : code[1],
    reason: (isOn && why) || (isOn ? begun : ended),
  }
}

interface Lasting {
  /** At the beginning, and at the end. */
  readonly code: readonly [begun: string, ended: string]
  readonly begun: Reason
  readonly ended: Reason
  readonly over?: TroubleKind
}

const LASTING: Readonly<Record<LastingTrouble, Lasting>> = {
  backlog: {
    code: ['BACKLOG', 'BACKLOG_OVER'],
    begun: { zh: '待发送的消息积压', en: 'Documents pile up that are still to be sent' },
    ended: { zh: '积压已消除', en: 'No documents pile up any more' },
  },
  silence: {
    code: ['SILENCE', 'SILENCE_OVER'],
    begun: {
      zh: '按以往规律早应收到危急值，但一直没有：请检查 PACS 和网络',
      en: 'By experience critical values should have come in long ago, and none has: check the PACS and the network',
    },
    ended: { zh: '又收到了危急值', en: 'Critical values come in again' },
  },
  rosterGap: {
    code: ['ROSTER_GAP', 'ROSTER_GAP_OVER'],
    begun: { zh: '值班表有空缺', en: 'The roster has a gap' },
    ended: { zh: '值班表的空缺已补上', en: 'The gap of the roster is filled' },
  },
  channelDown: {
    code: ['CHANNEL_DOWN', 'CHANNEL_UP'],
    begun: { zh: '通知渠道不能使用', en: 'A channel takes no pages' },
    ended: { zh: '通知渠道已恢复', en: 'The channel takes pages again' },
    over: 'channelUp',
  },
  peerDown: {
    code: ['PEER_FAILING', 'PEER_RECOVERED'],
    begun: { zh: '对方系统不能接收消息', en: 'The peer takes no documents' },
    ended: { zh: '对方系统已恢复', en: 'The peer takes documents again' },
    over: 'peerUp',
  },
  synthetic: {
    code: ['SYNTHETIC_LOST', 'SYNTHETIC_OVER'],
    begun: {
      zh: '合成危急值未能走完全程',
      en: 'A synthetic critical value did not come round',
    },
    ended: { zh: '合成危急值又能走完全程', en: 'Synthetic critical values come round again' },
  },
}
