import { LedgerError } from './errors.js'

/** Progress of the migrations of the schema. */
export interface MigrationProgress {
  /** `copy`: the file is copied first, in percent; `change`: the statements of the migrations. */
  readonly phase: 'copy' | 'change'
  readonly done: number
  readonly total: number
}

/** The trouble while a ledger is brought up to date, with how far that is. */
export function migrating({ phase, done, total }: MigrationProgress): LedgerError {
  const [zh, en] =
    phase === 'copy'
      ? [`正在备份（${done}%）`, `it is being copied first (${done} %)`]
      : [`第 ${done + 1} 步，共 ${total} 步`, `step ${done + 1} of ${total}`]
  return new LedgerError('LEDGER_MIGRATING', {
    zh: `程序更新后正在升级台账结构，请稍候，不要停止 Node-RED：${zh}`,
    en: `The ledger is being brought up to date after an update of the program; wait, and do not stop Node-RED: ${en}`,
  })
}
