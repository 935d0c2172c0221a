import type { Page } from './contract.js'
import { distinct } from './addresses.js'

export interface Digest extends Page {
  /** The ids of the pages that it stands for. */
  readonly of: readonly string[]
}

/** Most titles that are named; the others are counted. */
const MOST_TITLES = 20

/**
 * One page that stands for several which wait for the same robot or person, in their order. It names the title of
 * each, which holds neither patient nor finding, and is urgent when one of them is. A link is kept only where all
 * have the same: a one-time link belongs to its own page. A single page stays as it is.
 * @throws RangeError for no pages
 */
export function digest(pages: readonly Page[], language: 'zh-CN' | 'en-US'): Digest {
  const [first] = pages
  if (!first) throw new RangeError('a digest needs a page')
  const ids = pages.map(({ id }) => id)
  if (pages.length === 1) return { ...first, of: ids }
  const titles = pages.slice(0, MOST_TITLES).map(({ title }, i) => `${i + 1}. ${title}`)
  const more = pages.length - titles.length
  const link = pages.every((page) => page.link === first.link) ? first.link : undefined
  const levels = new Set(pages.map(({ level }) => level))
  const words = WORDS[language]
  const title = words.title(pages.length)
  const lines = [title, ...titles, ...(more > 0 ? [words.more(more)] : []), words.act]
  return {
    id: ids.join('+'),
    to: distinct(pages.flatMap(({ to }) => to)),
    title,
    text: [...lines, ...(link === undefined ? [] : [link])].join('\n'),
    // Never ranked lower on a guess: different levels are no level.
    level: levels.size === 1 ? first.level : '',
    ...(link !== undefined && { link }),
    urgent: pages.some(({ urgent }) => urgent),
    of: ids,
  }
}

const WORDS = {
  'zh-CN': {
    title: (count: number) => `${count} 条危急值通知`,
    more: (count: number) => `另有 ${count} 条`,
    act: '请立即登录系统逐条处理。',
  },
  'en-US': {
    title: (count: number) => `${count} critical value notices`,
    more: (count: number) => `and ${count} more`,
    act: 'Log in and act on each of them at once.',
  },
} as const
