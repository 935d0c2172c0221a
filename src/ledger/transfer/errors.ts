import { CrisisError, type Reason } from '../../messages/index.js'
import { fileError } from '../../store/whole.js'

export type TransferErrorCode = keyof typeof REASONS

/** Why a ledger was not moved, checked or copied. Nothing has changed then, unless the reason says so. */
export class TransferError extends CrisisError {
  override readonly name: string = 'TransferError'

  /** @param what names of tables; never data */
  constructor(code: TransferErrorCode, what = '') {
    const { zh, en }: Reason = REASONS[code]
    super(code, what === '' ? { zh, en } : { zh: `${zh}：${what}`, en: `${en}: ${what}` }, '500')
  }
}

/** A trouble with a file, as an error for people. */
export function fileTrouble(thrown: unknown): CrisisError {
  if (thrown instanceof TransferError) return thrown
  const error = fileError(thrown)
  return error.code === 'LEDGER_LOCKED' ? new TransferError('FILE_IN_USE') : error
}

const REASONS = {
  NO_LEDGER: {
    zh: '该位置没有台账，请检查路径或数据库地址',
    en: 'There is no ledger at this place; check the path or the address of the database',
  },
  SAME_KIND: {
    zh: '只能在文件与 PostgreSQL 之间迁移；复制文件请用 crisis-ledger backup，复制数据库请用 pg_dump',
    en: 'A ledger moves between a file and PostgreSQL only; copy a file with "crisis-ledger backup", a database with pg_dump',
  },
  TARGET_NOT_EMPTY: {
    zh: '目标中已有台账数据，未做任何改动；确定要用源台账替换其全部内容时，加上 --replace',
    en: 'The target already holds a ledger and was not touched; add --replace to replace all of it with the source',
  },
  TARGET_EXISTS: {
    zh: '目标文件已存在，请另选文件名',
    en: 'The target file exists already; choose another name',
  },
  FILE_IN_USE: {
    zh: '有 Node-RED 正在使用该台账文件，请先停止 Node-RED',
    en: 'A Node-RED is using this ledger file; stop it first',
  },
  IN_USE: {
    zh: '有 Node-RED 正在使用该数据库中的台账，请先停止全部 Node-RED',
    en: 'A Node-RED is using the ledger in this database; stop every Node-RED first',
  },
  TARGET_OTHER_MOVE: {
    zh: '目标中的台账已迁移到别处，未做任何改动；确定要替换其全部内容时，加上 --replace',
    en: 'The ledger in the target was itself moved elsewhere, and was not touched; add --replace to replace all of it',
  },
  DAMAGED: {
    zh: '该文件已损坏，未做任何改动；请保留损坏文件，用 crisis-ledger restore 恢复另一份备份',
    en: 'The file is damaged, and nothing was changed; keep it and restore another backup with "crisis-ledger restore"',
  },
  NOT_IDENTICAL: {
    zh: '核对不一致，迁移已撤销，原台账仍然有效',
    en: 'The two ledgers differ, so the move was undone; the old ledger is still the valid one',
  },
} as const satisfies Record<string, Reason>
