import type { EngineState, LedgerError, Space } from '../../ledger/index.js'
import type { CrisisError, Reason } from '../../messages/index.js'

/** A reason for which this process cannot accept. Nothing of a patient, and no secret, stands in it. */
export interface NotReady {
  /** Stable. */
  readonly code: string
  readonly reason: Reason
  /** The name of the node that it is about; '' = none. */
  readonly where: string
}

export interface Health {
  readonly isReady: boolean
  readonly reasons: readonly NotReady[]
}

/** A ledger that nodes of this process use. */
export interface LedgerHealth {
  readonly state: EngineState
  readonly trouble: Pick<LedgerError, 'code' | 'reason'> | undefined
  readonly space: Space
}

/** An operation that a node is to host. */
export interface ServiceHealth {
  readonly name: string
  readonly state: 'starting' | 'listening' | Pick<CrisisError, 'code' | 'reason'>
}

export interface HealthFacts {
  readonly ledgers: readonly LedgerHealth[]
  readonly services: readonly ServiceHealth[]
}

/** Judges if this process can accept critical values and feedback now. */
export function healthOf({ ledgers, services }: HealthFacts): Health {
  const reasons = [...ledgers.flatMap(ofLedger), ...services.flatMap(ofService)]
  return { isReady: reasons.length === 0, reasons }
}

function ofLedger({ state, trouble, space }: LedgerHealth): readonly NotReady[] {
  if (state === 'opening') return [{ code: 'LEDGER_OPENING', reason: OPENING, where: '' }]
  if (state === 'closed') return [{ code: 'LEDGER_CLOSED', reason: CLOSED, where: '' }]
  if (state === 'failing') {
    const { code, reason } = trouble ?? { code: 'LEDGER_UNAVAILABLE', reason: CLOSED }
    return [{ code, reason, where: '' }]
  }
  return space === 'spent' ? [{ code: 'LEDGER_NEARLY_FULL', reason: SPENT, where: '' }] : []
}

function ofService({ name, state }: ServiceHealth): readonly NotReady[] {
  if (state === 'listening') return []
  if (state === 'starting') return [{ code: 'SERVICE_STARTING', reason: STARTING, where: name }]
  return [{ code: state.code, reason: state.reason, where: name }]
}

const OPENING: Reason = { zh: '台账正在打开', en: 'The ledger is being opened' }
const CLOSED: Reason = { zh: '台账已关闭', en: 'The ledger is closed' }
const SPENT: Reason = {
  zh: '台账所在磁盘即将用尽，暂不接收新内容',
  en: 'The disk of the ledger is nearly full, and nothing new is accepted',
}
const STARTING: Reason = { zh: '服务正在启动', en: 'The service is being started' }
