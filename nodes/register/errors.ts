import type { NotDecided } from '../../src/ledger/index.js'
import { CrisisError, type FailureCode, type Reason } from '../../src/messages/index.js'

const refusedAs = (code: string, zh: string, en: string, answer: FailureCode = '422') =>
  new CrisisError(code, { zh, en }, answer)

export const reasonMissing = (): CrisisError =>
  refusedAs(
    'REGISTER_REASON',
    '此操作必须说明原因：请以 msg.payload.reason 写明决定的原因；行中原有的 reason 不是人的决定',
    'This needs the reason of a person: give it as msg.payload.reason; the one that a row brings is none',
  )

export const twoPeople = (): CrisisError =>
  refusedAs(
    'REGISTER_PEOPLE',
    '此操作须由两人共同确认：请在 msg.payload.by 与 msg.payload.second 中提供两个不同的姓名或工号',
    'Two people decide this: give two different names or staff numbers as msg.payload.by and msg.payload.second',
  )

export const nodeMissing = (): CrisisError =>
  refusedAs(
    'REGISTER_NODE',
    '请以 msg.payload.node 提供已删除的节点的 id；转交时还须以 msg.payload.to 提供正在运行的同类节点的 id',
    'Give the id of a node that was deleted as msg.payload.node, and, to pass on, that of a running node of the same kind as msg.payload.to',
  )

export const revisionMissing = (): CrisisError =>
  refusedAs(
    'REGISTER_REVISION',
    '未指明以哪一次内容为准：请以 msg.payload.revision 提供其序号',
    'No content is named: give the number of the one that holds as msg.payload.revision',
  )

export const idMissing = (): CrisisError =>
  refusedAs(
    'REGISTER_ID',
    '未指明是哪一条：请提供 msg.payload.id，或 ExamNo、ApplyNo，或 msg.crisis.id',
    'Nothing is named: give msg.payload.id, or ExamNo and ApplyNo, or msg.crisis.id',
  )

export const searchMissing = (): CrisisError =>
  refusedAs(
    'REGISTER_SEARCH',
    '缺少查找条件：请提供 msg.payload 的 SickNo、ExamNo、ApplyNo 或 from（起始日期）',
    'Nothing to search for: give SickNo, ExamNo, ApplyNo or from (the first day) in msg.payload',
  )

export const stageUnknown = (): CrisisError =>
  refusedAs(
    'REGISTER_STAGE',
    'msg.payload.stage 须为 open、closed，或 stored、notified、received、processed、fedBack、cancelled 之一',
    'msg.payload.stage must be open, closed, or one of stored, notified, received, processed, fedBack, cancelled',
  )

export const timeUnknown = (): CrisisError =>
  refusedAs(
    'REGISTER_TIME',
    'msg.payload.from、until 须为日期（2026-01-31）或时间（2026-01-31 08:30:00、2026-01-31T08:30:00+08:00）',
    'msg.payload.from and until must be a day (2026-01-31) or a time (2026-01-31 08:30:00, 2026-01-31T08:30:00+08:00)',
  )

export const groupUnknown = (): CrisisError =>
  refusedAs(
    'REGISTER_BY',
    'msg.payload.by 须为 day、month、quarter、year、department、shift、code 之一，或由它们组成的数组',
    'msg.payload.by must be day, month, quarter, year, department, shift or code, or an array of these',
  )

export const tooManyGroups = (): CrisisError =>
  refusedAs(
    'REGISTER_GROUPS',
    '分组过多：请缩短期间，或减少分组',
    'There are too many groups: ask about a shorter period, or by fewer facts',
  )

export const listMissing = ({ zh, en }: Reason = NO_LIST): CrisisError =>
  refusedAs('REGISTER_LIST', zh, en)

const NO_LIST: Reason = {
  zh: '没有清单：请以 msg.payload 或 msg.payload.list 提供来源的危急值清单（CSV 文本、文件内容或由对象组成的数组）',
  en: 'There is no list: give that of the source as msg.payload or msg.payload.list, as CSV text, the bytes of a file, or an array of objects',
}

export const several = (): CrisisError =>
  refusedAs(
    'REGISTER_SEVERAL',
    '符合条件的不止一项，未做任何更改：请以 id 指定',
    'More than one is meant, so nothing was changed: name it by its id',
  )

export const noAlert = (): CrisisError =>
  refusedAs(
    'REGISTER_NONE',
    '台账中没有这条危急值，或不能对它执行此操作：未做任何更改',
    'The ledger has no such critical value, or none that this could be done to; nothing was changed',
    '404',
  )

export const noDocument = (): CrisisError =>
  refusedAs(
    'REGISTER_NONE',
    '没有这个编号的文档，或它正在发送、已经结束：未做任何更改',
    'There is no document with this number, or it is being sent or has ended; nothing was changed',
    '404',
  )

export const noRefusal = (): CrisisError =>
  refusedAs(
    'REGISTER_NONE',
    '没有这个编号的被拒收的调用，或已过保存期限',
    'There is no refused call with this number, or it is no longer kept',
    '404',
  )

/** Why people's decision changed nothing. */
export const notDecided = (problem: NotDecided): CrisisError =>
  problem === 'several' ? several() : noAlert()
