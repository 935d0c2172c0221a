import type { Ledger, RegisterPlace } from '../../src/ledger/index.js'
import {
  compareList,
  readSourceList,
  type ListedAlert,
  type ListedValue,
} from '../../src/loop/index.js'
import { decodeBytes, type Reason } from '../../src/messages/index.js'
import type { FlowMessage, Runtime } from '../face/index.js'
import type { RegisterConfig } from '../settings/index.js'
import { listMissing } from './errors.js'
import { valueOf } from './input.js'
import { periodOf, type Period } from './period.js'

const DAY_MS = 24 * 3_600_000
const EXAMS_A_QUESTION = 200
const ALERTS_A_QUESTION = 2_000

/**
 * A list from the source beside the ledger, in both directions.
 * @throws CrisisError REGISTER_LIST, REGISTER_TIME; LedgerError
 */
export async function reconcile(
  runtime: Runtime,
  ledger: Ledger,
  settings: RegisterConfig,
  msg: FlowMessage,
): Promise<object> {
  const { values, errors } = readSourceList(listOf(msg))
  const [first] = errors
  if (values.length === 0 && first) throw listMissing(first.reason)
  const period = periodOf(msg, settings.period, Date.now())
  const alerts = new Map<string, ListedAlert>()
  const note = (all: readonly ListedAlert[]): void => {
    for (const alert of all) alerts.set(`${alert.system} ${alert.id}`, alert)
  }
  for (let n = 0; n < values.length; n += EXAMS_A_QUESTION) {
    const exams = values.slice(n, n + EXAMS_A_QUESTION)
    const named = exams.map(({ ExamNo, ApplyNo }) => ({ ExamNo, ApplyNo }))
    note(await ledger.ask('alertsOfExams', { exams: named }))
  }
  for await (const page of alertsAround(ledger, period)) note(page)
  const system = valueOf(msg, 'system')
  const own = [...alerts.values()].filter((one) => system === undefined || one.system === system)
  const { matched, missingInLedger, missingInSource, different } = compareList(
    values,
    own,
    isWithin(period),
  )
  return {
    listed: values.length,
    matched,
    missingInLedger: missingInLedger.map(listedOf),
    missingInSource: missingInSource.map(alertOf),
    different: different.map((one) => ({
      in: one.in,
      listed: listedOf(one.listed),
      ledger: alertOf(one.alert),
    })),
    unreadable: errors.map(({ row, column, code, reason }) => ({
      row,
      column,
      code,
      reason: runtime.words(reason),
    })),
  }
}

function listOf(msg: FlowMessage): unknown {
  const { payload } = msg
  const isList = typeof payload === 'string' || Array.isArray(payload) || Buffer.isBuffer(payload)
  const list = isList ? payload : valueOf(msg, 'list')
  if (Buffer.isBuffer(list)) return textOfFile(list)
  if (typeof list !== 'string' && !Array.isArray(list)) throw listMissing()
  return list
}

function textOfFile(bytes: Buffer): string {
  try {
    return decodeBytes(bytes, { allowGbk: true }).text
  } catch {
    throw listMissing(NO_TEXT)
  }
}

const NO_TEXT: Reason = {
  zh: '清单文件的编码无法识别，请另存为 CSV UTF-8',
  en: 'The charset of the list is not known; save it as CSV UTF-8',
}

/** Our clock and that of the source are two, and a document may be a day on its way. */
async function* alertsAround(
  ledger: Ledger,
  { from, until }: Period,
): AsyncGenerator<readonly ListedAlert[]> {
  let after: RegisterPlace | null = null
  do {
    const { rows, next } = (await ledger.ask('alertsOfPeriod', {
      from: Math.max(0, from - DAY_MS),
      until: Math.min(Number.MAX_SAFE_INTEGER, until + DAY_MS),
      after,
      limit: ALERTS_A_QUESTION,
    })) as { rows: readonly ListedAlert[]; next: RegisterPlace | null }
    yield rows
    after = next
  } while (after)
}

const isWithin =
  ({ from, until }: Period) =>
  ({ setAt, openedAt }: ListedAlert): boolean => {
    const at = setAt ?? openedAt
    return at >= from && at < until
  }

const listedOf = ({ row, ExamNo, ApplyNo, code, at }: ListedValue) => ({
  row,
  ExamNo,
  ApplyNo,
  CrisisCode: code,
  setAt: at,
})

const alertOf = ({ id, system, ExamNo, ApplyNo, code, setAt, openedAt, stage }: ListedAlert) => ({
  id,
  system,
  ExamNo,
  ApplyNo,
  CrisisCode: code,
  setAt,
  openedAt,
  stage,
})
