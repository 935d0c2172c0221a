import type { Reason } from '../../messages/index.js'

export type PageLanguage = 'zh' | 'en'

/**
 * The language of a page: the one that was chosen, else the first of ours that the browser asks for, else Chinese.
 * @param acceptLanguage as in RFC 9110 section 12.5.4
 */
export function languageOf(chosen: string | null, acceptLanguage: string): PageLanguage {
  if (chosen === 'zh' || chosen === 'en') return chosen
  const wanted = acceptLanguage
    .split(',')
    .map((entry) => {
      const [tag = '', ...parameters] = entry
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/)
      const quality = parameters.find((one) => one.startsWith('q='))?.slice(2)
      return { language: tag.split('-')[0], quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ language, quality }) => (language === 'zh' || language === 'en') && quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
  return (wanted[0]?.language as PageLanguage | undefined) ?? 'zh'
}

export const said = (language: PageLanguage, reason: Reason): string => reason[language]
