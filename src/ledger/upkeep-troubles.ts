import { CrisisError, type Reason } from '../messages/index.js'
import type { ClockLook } from './operations/clock.js'

/* Troubles of upkeep, as people are told of them. */

const MINUTE_MS = 60_000

const FAILED = {
  prune: {
    code: 'UPKEEP_PRUNING',
    zh: '台账清理失败，到期内容暂未删除，将自动重试',
    en: 'Removing what the retention of the ledger has run out for has failed, and is tried again',
  },
  backup: {
    code: 'UPKEEP_BACKUP',
    zh: '台账备份失败，将自动重试；请检查磁盘空间和文件夹权限',
    en: 'The backup of the ledger has failed and is tried again; check the room on the disk and the rights of the folder',
  },
  quarantine: {
    code: 'UPKEEP_QUARANTINE',
    zh: '隔离区清理失败，将自动重试',
    en: 'Removing the oldest of what could not be understood has failed, and is tried again',
  },
  leases: {
    code: 'UPKEEP_LEASES',
    zh: '启动时未能收回上次运行占用的内容，它们会在占用到期（约一分钟）后继续处理',
    en: 'What the run before had in hand could not be taken back at the start; it goes on when its lease is over, in about a minute',
  },
  tally: {
    code: 'UPKEEP_TALLY',
    zh: '统计计数失败，指标暂不含最新的危急值，将自动重试',
    en: 'Counting for the figures has failed, so that they lack the latest critical values; it is tried again',
  },
  clock: {
    code: 'UPKEEP_CLOCK',
    zh: '无法核对台账的时钟，在此期间不清理到期内容，将自动重试',
    en: 'The clock of the ledger could not be looked at; nothing is removed for its age meanwhile, and it is tried again',
  },
} as const satisfies Record<string, Reason & { readonly code: string }>

export type Work = keyof typeof FAILED

/** A work of upkeep that has failed, with its cause. */
export function failed(work: Work, { code, reason: why, cause }: CrisisError): CrisisError {
  const { code: name, zh, en } = FAILED[work]
  const reason = { zh: `${zh}（${code}：${why.zh}）`, en: `${en} (${code}: ${why.en})` }
  return new CrisisError(name, reason, '500', { cause })
}

export const quarantineFull = (removed: number): CrisisError =>
  new CrisisError('QUARANTINE_FULL', {
    zh: `无法理解的请求过多，隔离区已满，最早的 ${removed} 条原文已删除；请查看是哪个调用方发来的并更正`,
    en: `So much has come in that could not be understood that the quarantine is full, and the oldest ${removed} items were removed; find out which caller sends it and put that right`,
  })

export function jumped({ jumpMs }: ClockLook): CrisisError {
  const minutes = Math.round(Math.abs(jumpMs) / MINUTE_MS)
  const [zh, en] = jumpMs > 0 ? ['向前', 'ahead'] : ['向后', 'back']
  return new CrisisError('CLOCK_JUMPED', {
    zh: `台账所用的时钟${zh}跳变了 ${minutes} 分钟；在时钟稳定运行一天之前不清理任何到期内容。请检查本机或数据库服务器的对时（NTP）`,
    en: `The clock of the ledger has jumped ${minutes} minutes ${en}; nothing is removed for its age until it has run steadily for a day. Check how this machine or the database server gets its time (NTP)`,
  })
}
