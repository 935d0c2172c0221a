import {
  CrisisError,
  TEXT_DAMAGED,
  type DamageCause,
  type Flag,
  type Reason,
} from '../../src/messages/index.js'

const CAUSES: Readonly<Record<DamageCause, Reason>> = {
  charactersAsQuestionMarks: {
    zh: '汉字被替换为问号（发送方的数据库或驱动不支持中文）',
    en: 'characters were replaced by question marks (a database or driver of the sender has no Chinese)',
  },
  charactersReplaced: {
    zh: '字符在发送方已丢失（锟斤拷等）',
    en: 'characters were already lost at the sender',
  },
  utf8ReadAsGbk: { zh: 'UTF-8 被当作 GBK 读取', en: 'UTF-8 was read as GBK' },
  utf8ReadAsLatin1: { zh: 'UTF-8 被当作 Latin-1 读取', en: 'UTF-8 was read as Latin-1' },
  gbkReadAsLatin1: { zh: 'GBK 被当作 Latin-1 读取', en: 'GBK was read as Latin-1' },
}

/** More callers than any service has. */
const MOST_TOLD = 1000

/** Tells of damaged text once for each caller and cause: what comes after has the same cause until it is mended. */
export class DamageWatch {
  readonly #told = new Set<string>()

  /** The error that tells of a damaged document, undefined where its caller and cause were told before. */
  look(caller: string, flags: readonly Flag[]): CrisisError | undefined {
    if (!flags.includes(TEXT_DAMAGED)) return undefined
    const causes = (Object.keys(CAUSES) as DamageCause[]).filter((cause) => flags.includes(cause))
    const key = [caller, ...causes].join(' ')
    if (this.#told.has(key)) return undefined
    if (this.#told.size >= MOST_TOLD) this.#told.clear()
    this.#told.add(key)
    const said = (language: keyof Reason, between: string): string =>
      causes.map((cause) => CAUSES[cause][language]).join(between)
    return new CrisisError('TEXT_DAMAGED', {
      zh: `${caller} 发来的文字可能已损坏：${said('zh', '；')}。已照原样接收并标记 textDamaged，请以发送方系统中的原文为准，并请其检查字符编码`,
      en: `Text from ${caller} may be damaged: ${said('en', '; ')}. It was accepted as it came and flagged textDamaged; go by the original in the sender's system, and have its charset checked`,
    })
  }
}
