import type { MoveMark } from '../../store/whole.js'
import type { Pending } from '../transfer/index.js'
import type { Misuse } from './usage-error.js'

export type Language = 'zh' | 'en'

/** The language of who reads: as asked for, else as the system says. */
export function languageOf(asked: string | undefined, env: NodeJS.ProcessEnv): Language {
  const system = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG']
  const named = asked ?? system ?? Intl.DateTimeFormat().resolvedOptions().locale
  return /^zh/i.test(named) ? 'zh' : 'en'
}

export interface Texts {
  readonly help: string
  readonly misuse: Readonly<Record<Misuse, string>>
  readonly copying: (percent: number, rows: number, total: number, table: string) => string
  readonly checking: (percent: number, rows: number, total: number, table: string) => string
  readonly rows: (table: string, rows: number) => string
  readonly moved: (from: string, to: string) => string
  readonly ended: string
  readonly next: Readonly<Record<'sqlite' | 'postgres', string>>
  readonly pending: (pending: Pending) => string
  readonly audit: (entries: number) => string
  readonly broken: (chain: string, seq: number) => string
  readonly whole: string
  readonly damaged: string
  readonly copied: string
  readonly restored: (aside: string | undefined) => string
  readonly accepted: Readonly<Record<'accepted' | 'begun', string>>
  readonly reopened: string
  readonly notMoved: string
  readonly schema: (version: number) => string
  readonly mark: (mark: MoveMark) => string
  readonly failed: (code: string, reason: string, evidence: string | undefined) => string
}

const WHEN = (at: number) => new Date(at).toISOString()

export const TEXTS: Readonly<Record<Language, Texts>> = {
  zh: {
    help: `crisis-ledger：迁移、校验、备份、恢复危急值台账。请在 Node-RED 用户目录中执行。

用法：
  crisis-ledger move --to postgres://用户@主机:端口/数据库 [--from crisis/ledger.db] [--replace]
      把台账从文件迁移到 PostgreSQL（--from 与 --to 对调即为反向），逐表核对后生效。
      请先停止 Node-RED。中断后原台账仍然有效，再次执行同一命令即可。
      --replace  删除目标中已有的台账数据
  crisis-ledger verify [台账]        校验文件完整性与审计链，可在 Node-RED 运行时执行
  crisis-ledger info [台账]          显示版本、行数与未完成的工作，可在 Node-RED 运行时执行
  crisis-ledger backup [文件] --to 副本   生成经过校验的副本，可在 Node-RED 运行时执行
  crisis-ledger restore 备份 [--to 文件]  停止 Node-RED 后恢复备份；原文件及其日志改名另存，不会与备份混用
  crisis-ledger accept [台账]        台账缺失、较旧或不是原来那份时，由人决定按现状使用（缺失则新建空台账）
  crisis-ledger reopen [台账]        恢复使用已迁移走的台账；迁移之后的内容不在其中，切勿两处同时使用

台账：文件路径（默认 crisis/ledger.db），或 postgres://用户@主机:端口/数据库，
或 postgres（取环境变量 PGHOST、PGPORT、PGDATABASE、PGUSER）。
密码取自环境变量 PGPASSWORD 或 pgpass 文件，不能写在地址中。

选项：
  --tls                 以 TLS 连接并验证数据库的证书
  --ca 文件             签发该证书的 CA（PEM）
  --cert 文件 --key 文件  客户端证书与私钥（PEM）
  --lang zh|en          语言，默认取自系统
  --help

退出码：0 成功；1 失败或发现损坏；2 命令有误。`,
    misuse: {
      command: '没有这个命令，请见 crisis-ledger --help',
      option: '选项有误，请见 crisis-ledger --help',
      to: '缺少 --to',
      backup: '请写明要恢复的备份：crisis-ledger restore 备份文件',
      address: '数据库地址应为 postgres://用户@主机:端口/数据库',
      password: '请不要把密码写在地址中，改用环境变量 PGPASSWORD 或 pgpass 文件',
      tlsFile: '无法读取证书或私钥文件',
    },
    copying: (percent, rows, total, table) => `复制 ${percent}% ${rows}/${total} ${table}`,
    checking: (percent, rows, total, table) => `核对 ${percent}% ${rows}/${total} ${table}`,
    rows: (table, rows) => `  ${table}：${rows} 行`,
    moved: (from, to) => `已从 ${from} 迁移到 ${to}，逐表行数、哈希与计数器一致`,
    ended: '上次迁移已复制并核对完毕，现已生效',
    next: {
      postgres:
        '下一步：在 crisis store 中选择该 PostgreSQL 数据库，部署后再启动流程；旧文件已停用',
      sqlite: '下一步：在 crisis store 中选择该文件，部署后再启动流程；原数据库中的台账已停用',
    },
    pending: ({ open, queued, dead, owed }) =>
      `未关闭的危急值 ${open}，待发送 ${queued}，待人工处理 ${dead}，待交给流程 ${owed}`,
    audit: (entries) => `审计链完整，共 ${entries} 条`,
    broken: (chain, seq) => `审计链 ${chain} 在第 ${seq} 条断开`,
    whole: '文件完整',
    damaged: '文件已损坏，请保留并恢复最近的备份',
    copied: '副本已生成并校验',
    restored: (aside) =>
      `备份已校验并恢复，可以启动 Node-RED。备份之后收到的内容不在其中，请与 PACS 核对；备份之后已送达的文档可能再次发送。${
        aside === undefined ? '' : `\n原文件及其日志另存为 ${aside}`
      }`,
    accepted: {
      accepted: '已记录：按现状使用这份台账，可以启动 Node-RED。请与 PACS 核对是否缺少危急值',
      begun: '已新建空台账，可以启动 Node-RED。原台账中的危急值不在其中',
    },
    reopened: '已恢复使用；迁移之后的内容不在其中，请勿再使用另一处的台账',
    notMoved: '该台账没有迁移标记，未做改动',
    schema: (version) => `结构版本 ${version}`,
    mark: ({ state, at }) =>
      state === 'moved' ? `已于 ${WHEN(at)} 迁移走，不再使用` : `迁移尚未完成，始于 ${WHEN(at)}`,
    failed: (code, reason, evidence) =>
      `失败（${code}${evidence === undefined ? '' : `，${evidence}`}）：${reason}`,
  },
  en: {
    help: `crisis-ledger: moves, verifies, backs up and restores the ledger of critical values. Start it in
the Node-RED user directory.

Usage:
  crisis-ledger move --to postgres://user@host:port/database [--from crisis/ledger.db] [--replace]
      Moves the ledger from the file to PostgreSQL (the other way round with --from and --to
      exchanged), and compares every table before the new one counts. Stop Node-RED first. When it
      is interrupted the old ledger is still the valid one: run the same command again.
      --replace  removes the ledger that the target already holds
  crisis-ledger verify [ledger]      verifies the file and the audit chain; Node-RED may run
  crisis-ledger info [ledger]        version, rows and what is still to be done; Node-RED may run
  crisis-ledger backup [file] --to copy   makes a checked copy; Node-RED may run
  crisis-ledger restore backup [--to file]  puts a backup in place; stop Node-RED first. The file that
                                     was there is kept aside with its log, and never mixed with it
  crisis-ledger accept [ledger]      a person decides to use the ledger as it is, although one is
                                     missing (an empty one is begun), older or another
  crisis-ledger reopen [ledger]      uses a ledger again that was moved away; it lacks what was stored
                                     since, and never use both

A ledger is a file (crisis/ledger.db when left out), postgres://user@host:port/database, or postgres
for what PGHOST, PGPORT, PGDATABASE and PGUSER say. The password comes from PGPASSWORD or the pgpass
file and does not belong into the address.

Options:
  --tls                   connect with TLS and check the certificate of the database
  --ca file               the authority that issued it (PEM)
  --cert file --key file  certificate and key of this client (PEM)
  --lang zh|en            language; by default that of the system
  --help

Exit code: 0 done; 1 failed, or damage was found; 2 the command cannot be understood.`,
    misuse: {
      command: 'There is no such command; see crisis-ledger --help',
      option: 'An option is wrong; see crisis-ledger --help',
      to: 'The option --to is missing',
      backup: 'Say which backup: crisis-ledger restore FILE',
      address: 'The address of a database is postgres://user@host:port/database',
      password: 'Leave the password out of the address; use PGPASSWORD or the pgpass file',
      tlsFile: 'A file of the certificate or key cannot be read',
    },
    copying: (percent, rows, total, table) => `copied ${percent}% ${rows}/${total} ${table}`,
    checking: (percent, rows, total, table) => `compared ${percent}% ${rows}/${total} ${table}`,
    rows: (table, rows) => `  ${table}: ${rows} rows`,
    moved: (from, to) =>
      `Moved from ${from} to ${to}; rows, hashes and counters of all tables are the same`,
    ended: 'The move before had copied and compared everything; it counts now',
    next: {
      postgres:
        'Next: choose this PostgreSQL database in the crisis store and deploy; the old file is out of use',
      sqlite:
        'Next: choose this file in the crisis store and deploy; the ledger in the database is out of use',
    },
    pending: ({ open, queued, dead, owed }) =>
      `Open alerts ${open}, to be delivered ${queued}, waiting for a person ${dead}, owed to a flow ${owed}`,
    audit: (entries) => `The audit is whole: ${entries} entries`,
    broken: (chain, seq) => `The audit chain ${chain} is broken at entry ${seq}`,
    whole: 'The file is whole',
    damaged: 'The file is damaged; keep it and restore the latest backup',
    copied: 'The copy was made and checked',
    restored: (aside) =>
      `The backup was checked and put in place; Node-RED can be started. What came in after the backup is not in it: compare with the PACS. What was delivered since then may be delivered again.${
        aside === undefined ? '' : `\nThe file that was there, and its log, are kept as ${aside}`
      }`,
    accepted: {
      accepted:
        'Noted: this ledger is used as it is, and Node-RED can be started. Compare with the PACS whether critical values are missing',
      begun:
        'An empty ledger was begun, and Node-RED can be started. It has none of the critical values of the one before',
    },
    reopened:
      'It is in use again; it lacks what was stored since it was moved, and the other one must not be used any more',
    notMoved: 'This ledger was not moved; nothing was changed',
    schema: (version) => `Schema version ${version}`,
    mark: ({ state, at }) =>
      state === 'moved'
        ? `Moved away at ${WHEN(at)}, and out of use`
        : `A move to here began at ${WHEN(at)} and has not come to its end`,
    failed: (code, reason, evidence) =>
      `Failed (${code}${evidence === undefined ? '' : `, ${evidence}`}): ${reason}`,
  },
}
