import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Reason, SessionView } from '../api.js'

export type Language = 'zh' | 'en'

export const words = (zh: string, en: string): Reason => ({ zh, en })

/** Fills `{name}` in a text. */
export function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

export const languageOf = (language: SessionView['language']): Language =>
  language === 'en-US' ? 'en' : 'zh'

export const LanguageContext = createContext<Language>('zh')

/** Says a text in the language of the page, with its values. */
export type Say = (text: Reason, values?: Readonly<Record<string, string | number>>) => string

export function useSay(): Say {
  const language = useContext(LanguageContext)
  return (text, values = {}) => filled(text[language], values)
}
