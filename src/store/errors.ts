import { asCrisisError, CrisisError, type Reason } from '../messages/index.js'

/**
 * Why the ledger did not do it:
 *
 * - `LEDGER_BUSY`: not in time; another program holds a lock, or too much is waiting
 * - `LEDGER_SLOW`: a question took longer than its limit and was given up
 * - `LEDGER_FULL`: no room left on the disk
 * - `LEDGER_NEARLY_FULL`: only the reserve is left on the disk, and nothing new is accepted
 * - `LEDGER_READ_ONLY`: the file, the disk or the database server takes no writing
 * - `LEDGER_CORRUPT`: the file is damaged or no ledger
 * - `LEDGER_MIGRATING`: is being brought up to date after an update of this package
 * - `LEDGER_POOLER`: a connection does not keep its settings, as behind a pooler in transaction mode
 * - `LEDGER_ENCODING`: the database cannot hold every text
 * - `LEDGER_LOCKED`: another process owns the file
 * - `LEDGER_NEWER`: written by a newer version of this package
 * - `LEDGER_MOVED`: moved to another database, and not to be used here any more
 * - `LEDGER_MOVING`: a move to here has not come to its end
 * - `LEDGER_PATH`: the file cannot be created or opened there
 * - `LEDGER_TOUCHED`: another program replaced, emptied or overwrote the file or its log while it was in use
 * - `LEDGER_MISSING`: there was a ledger here, and now there is none
 * - `LEDGER_OLDER`: it lacks what was stored in it before
 * - `LEDGER_OTHER`: another ledger than the one that was used here before
 * - `LEDGER_STALE_LOG`: a backup was put in place of the file while the log of the old file is still there
 * - `LEDGER_DENIED`: the database refuses our name, password or rights
 * - `LEDGER_NOT_DURABLE`: the database is set up so that a power cut loses what it acknowledged
 * - `LEDGER_PG_MISSING`: the package `pg` is not installed
 * - `LEDGER_SQLITE_MISSING`: this Node.js has no SQLite
 * - `LEDGER_REFUSED`: the database refuses this operation; the same one would be refused again
 * - `LEDGER_UNAVAILABLE`: everything else that may pass
 * - `LEDGER_CLOSED`: being redeployed or stopped
 */
export type LedgerErrorCode =
  | 'LEDGER_BUSY'
  | 'LEDGER_SLOW'
  | 'LEDGER_FULL'
  | 'LEDGER_NEARLY_FULL'
  | 'LEDGER_READ_ONLY'
  | 'LEDGER_CORRUPT'
  | 'LEDGER_MIGRATING'
  | 'LEDGER_POOLER'
  | 'LEDGER_ENCODING'
  | 'LEDGER_LOCKED'
  | 'LEDGER_NEWER'
  | 'LEDGER_MOVED'
  | 'LEDGER_MOVING'
  | 'LEDGER_PATH'
  | 'LEDGER_TOUCHED'
  | 'LEDGER_MISSING'
  | 'LEDGER_OLDER'
  | 'LEDGER_OTHER'
  | 'LEDGER_STALE_LOG'
  | 'LEDGER_DENIED'
  | 'LEDGER_NOT_DURABLE'
  | 'LEDGER_PG_MISSING'
  | 'LEDGER_SQLITE_MISSING'
  | 'LEDGER_REFUSED'
  | 'LEDGER_UNAVAILABLE'
  | 'LEDGER_CLOSED'

export interface LedgerErrorOptions extends ErrorOptions {
  /** True when the operation may have been stored all the same. Default is false. */
  readonly unknown?: boolean
  /** Name that the database has for the error, such as `SQLite 2067` or `PostgreSQL 23505 inbox_pkey`; no values. */
  readonly evidence?: string | undefined
}

/** A failure of the ledger. To a sender it is 500, "not stored" (reading A3), so that it sends again or telephones. */
export class LedgerError extends CrisisError {
  override readonly name: string = 'LedgerError'
  readonly unknown: boolean
  readonly evidence: string | undefined

  constructor(
    override readonly code: LedgerErrorCode,
    reason: Reason,
    options: LedgerErrorOptions = {},
  ) {
    // A redeploy is not a failure to store: 503, not ready (A2).
    super(code, reason, code === 'LEDGER_CLOSED' ? '503' : '500', options)
    this.unknown = options.unknown ?? false
    this.evidence = options.evidence
  }
}

/** The reason of a code when there is nothing more exact to say. */
export function ledgerError(code: keyof typeof REASONS, options?: LedgerErrorOptions): LedgerError {
  return new LedgerError(code, REASONS[code], options)
}

/** The same failure for an operation that may have been stored all the same. */
export function asUnknown(error: LedgerError): LedgerError {
  const { zh, en } = error.reason
  return new LedgerError(
    error.code,
    {
      zh: `${zh}（是否已保存不明）`,
      en: `${en} (whether the operation was stored is unknown)`,
    },
    { unknown: true, evidence: error.evidence, cause: error },
  )
}

/**
 * Anything an operation threw, without the texts that came with it, which may quote data: of what is not
 * ours only the kind and the line are kept.
 */
export function withoutTexts(thrown: unknown): CrisisError {
  if (thrown instanceof CrisisError) return thrown
  return asCrisisError(thrown instanceof Error ? placeOf(thrown) : typeof thrown)
}

function placeOf(error: Error): string {
  const line = error.stack?.split('\n').find((text) => /^\s+at /.test(text))
  return line === undefined ? error.name : `${error.name} ${line.trim()}`
}

const REASONS = {
  LEDGER_BUSY: {
    zh: '台账忙，未能在限定时间内完成，请稍后重试；若反复出现，请关闭正在打开台账的其他程序',
    en: 'The ledger is busy and did not answer in time; try again, and if it goes on close other programs that have the ledger open',
  },
  LEDGER_SLOW: {
    zh: '该查询超过时限，已放弃；接收与发送不受影响，请缩小查询范围或稍后再试',
    en: 'This question took longer than its limit and was given up; receiving and sending go on. Ask for less, or try again later',
  },
  LEDGER_FULL: {
    zh: '台账所在磁盘已满，请清理磁盘空间，之后会自动恢复',
    en: 'The disk of the ledger is full; free some space, it then recovers by itself',
  },
  LEDGER_NEARLY_FULL: {
    zh: '台账所在磁盘即将用尽，暂不接收新内容（已接收的继续送达）；请清理磁盘空间，之后会自动恢复',
    en: 'The disk of the ledger is nearly full: nothing new is accepted, what was accepted is still delivered. Free some space, it then recovers by itself',
  },
  LEDGER_READ_ONLY: {
    zh: '台账不可写（只读），请检查文件、磁盘或数据库的写权限，之后会自动恢复',
    en: 'The ledger is read-only; allow writing to the file, the disk or the database, it then recovers by itself',
  },
  LEDGER_CORRUPT: {
    zh: '台账文件已损坏，请停止 Node-RED，用 crisis-ledger restore 恢复最近的备份（损坏的文件会另存保留）',
    en: 'The ledger file is damaged; stop Node-RED and restore the latest backup with "crisis-ledger restore", which keeps the damaged file aside',
  },
  LEDGER_LOCKED: {
    zh: '另一个进程正在使用该台账文件；一个文件只能由一个 Node-RED 使用，多台请改用 PostgreSQL',
    en: 'Another process uses this ledger file; one file is for one Node-RED, use PostgreSQL for several',
  },
  LEDGER_NEWER: {
    zh: '台账由更高版本的程序写入，请升级本节点包，或恢复升级前的备份',
    en: 'The ledger was written by a newer version; update this package, or restore the backup made before the update',
  },
  LEDGER_MOVING: {
    zh: '向此处迁移台账尚未完成，请再次执行 crisis-ledger move 直至完成；在此之前原台账仍然有效',
    en: 'The move of a ledger to here has not come to its end; run "crisis-ledger move" again until it has. Until then the old ledger is the valid one',
  },
  LEDGER_PATH: {
    zh: '无法在该位置创建或打开台账文件，请检查文件夹是否存在及运行帐户的权限',
    en: 'The ledger file cannot be created or opened there; check the folder and the rights of the account that runs Node-RED',
  },
  LEDGER_TOUCHED: {
    zh: '台账文件或其日志（-wal）在使用中被其他程序删除、清空或覆盖；使用中请勿改动台账所在文件夹，恢复备份请先停止 Node-RED 再执行 crisis-ledger restore',
    en: 'Another program deleted, emptied or overwrote the ledger file or its log (-wal) while it was in use; leave its folder alone, and to restore a backup stop Node-RED and run "crisis-ledger restore"',
  },
  LEDGER_MISSING: {
    zh: '此处原有的台账不见了，不会自动新建：请停止 Node-RED，放回文件或执行 crisis-ledger restore 恢复备份；确定从空台账重新开始时，执行 crisis-ledger accept',
    en: 'The ledger that was here is missing, and no new one is begun by itself: stop Node-RED, put the file back or restore a backup with "crisis-ledger restore"; to begin with an empty ledger on purpose, run "crisis-ledger accept"',
  },
  LEDGER_OLDER: {
    zh: '台账比上次使用时旧，缺少之后保存的内容（旧备份，或日志 -wal 被删除）：请停止 Node-RED，放回原文件或执行 crisis-ledger restore；确定使用现有内容时，执行 crisis-ledger accept，并与 PACS 核对缺少的危急值',
    en: 'The ledger is older than when it was last used and lacks what was stored since (an old copy, or its log -wal was deleted): stop Node-RED and put the file back or run "crisis-ledger restore"; to use it as it is, run "crisis-ledger accept" and compare with the PACS what is missing',
  },
  LEDGER_OTHER: {
    zh: '此处是另一份台账，不是之前使用的那份：请停止 Node-RED，放回原台账；确定改用这份时，执行 crisis-ledger accept',
    en: 'This is another ledger than the one that was used here before: stop Node-RED and put that one back; to use this one on purpose, run "crisis-ledger accept"',
  },
  LEDGER_STALE_LOG: {
    zh: '备份被直接复制到台账位置，而旧文件的日志（-wal）仍在旁边，两者不能一起打开；请停止 Node-RED，执行 crisis-ledger restore 备份文件，旧文件与日志会另存保留',
    en: 'A backup was copied over the ledger while the log (-wal) of the old file still lies beside it, and the two must not be opened together; stop Node-RED and run "crisis-ledger restore FILE", which keeps the old file and log aside',
  },
  LEDGER_POOLER: {
    zh: '数据库连接没有保留其设置（search_path），可能经过事务模式的连接池；请直接连接数据库，或使用会话模式（session）的连接池',
    en: 'The connection to the database does not keep its settings (search_path), as behind a pooler in transaction mode; connect to the server itself or to a pooler in session mode',
  },
  LEDGER_DENIED: {
    zh: '数据库拒绝访问，请检查用户名、密码、数据库名和权限',
    en: 'The database refuses access; check the user, the password, the name of the database and the rights',
  },
  LEDGER_PG_MISSING: {
    zh: '未安装 pg：请在 Node-RED 用户目录执行 npm install pg 后重启 Node-RED',
    en: 'The package pg is missing: run "npm install pg" in the Node-RED user directory and restart Node-RED',
  },
  LEDGER_SQLITE_MISSING: {
    zh: '当前 Node.js 不含 SQLite：请升级到 Node.js 22.13 或更高版本（推荐 24 LTS），或改用 PostgreSQL 台账',
    en: 'This Node.js has no SQLite: update to Node.js 22.13 or newer (24 LTS is recommended), or keep the ledger in PostgreSQL',
  },
  LEDGER_REFUSED: {
    zh: '台账拒绝了该操作，重试无效，请查看错误代码',
    en: 'The ledger refuses this operation and would refuse it again; see the evidence of the error',
  },
  LEDGER_UNAVAILABLE: {
    zh: '台账暂不可用，正在自动重试',
    en: 'The ledger is not available at the moment and is being tried again',
  },
  LEDGER_CLOSED: {
    zh: '正在重新部署或停止，未保存',
    en: 'Being redeployed or stopped; nothing was stored',
  },
} as const satisfies Partial<Record<LedgerErrorCode, Reason>>
