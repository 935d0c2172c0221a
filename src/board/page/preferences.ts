import { useEffect, useState } from 'preact/hooks'
import type { Language } from './language.js'

/** Choices of this browser, that outlive a visit. A browser that keeps nothing forgets them. */
function kept(name: string): string | null {
  try {
    return window.localStorage.getItem(`crisis-board.${name}`)
  } catch {
    return null
  }
}

function keep(name: string, value: string): void {
  try {
    window.localStorage.setItem(`crisis-board.${name}`, value)
  } catch {
    // Only this visit knows the choice then.
  }
}

export type Scheme = 'light' | 'dark'

export function useScheme(): readonly [Scheme, () => void] {
  const [device, setDevice] = useState<Scheme>(() => (isDark().matches ? 'dark' : 'light'))
  const [chosen, setChosen] = useState(() => kept('scheme'))
  useEffect(() => {
    const query = isDark()
    const changed = (): void => setDevice(query.matches ? 'dark' : 'light')
    query.addEventListener('change', changed)
    return () => query.removeEventListener('change', changed)
  }, [])
  const scheme = chosen === 'light' || chosen === 'dark' ? chosen : device
  document.documentElement.dataset['scheme'] = scheme
  return [
    scheme,
    () => {
      const next = scheme === 'light' ? 'dark' : 'light'
      keep('scheme', next)
      setChosen(next)
    },
  ]
}

const isDark = (): MediaQueryList => window.matchMedia('(prefers-color-scheme: dark)')

/** The language of the page: that of the session until somebody has switched. */
export function useLanguage(ofSession: Language): readonly [Language, () => void] {
  const [chosen, setChosen] = useState(() => kept('language'))
  const language = chosen === 'zh' || chosen === 'en' ? chosen : ofSession
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  return [
    language,
    () => {
      const next = language === 'zh' ? 'en' : 'zh'
      keep('language', next)
      setChosen(next)
    },
  ]
}

/** True while a media query holds. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => window.matchMedia(query).matches)
  useEffect(() => {
    const list = window.matchMedia(query)
    const changed = (): void => setMatches(list.matches)
    list.addEventListener('change', changed)
    changed()
    return () => list.removeEventListener('change', changed)
  }, [query])
  return matches
}
