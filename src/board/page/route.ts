import { useEffect, useMemo, useState } from 'preact/hooks'
import { queryText, type Query } from './http.js'

export const PLACES = [
  'open',
  'exam',
  'stuck',
  'search',
  'register',
  'figures',
  'roster',
  'downtime',
  'accounts',
  'password',
  'wall',
] as const
export type Place = (typeof PLACES)[number]

/** The page that the hash of the address names, such as `#/exam/17` or `#/register?from=2026-01-01`. */
export interface Route {
  readonly place: Place
  /** The part after the place; '' = none. */
  readonly id: string
  readonly query: Readonly<Record<string, string>>
}

/** Reads the hash of an address; an unknown place is that of the open exams. */
export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [name = '', id = ''] = path.split('/', 2)
  const place = PLACES.find((one) => one === name) ?? 'open'
  return { place, id: decoded(id), query: Object.fromEntries(new URLSearchParams(query)) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The link to a page of the board. */
export const linkTo = (place: Place, id: string | number = '', query: Query = {}): string =>
  `#/${place}${id === '' ? '' : `/${encodeURIComponent(id)}`}${queryText(query)}`

/** Goes to a page of the board. */
export function goTo(place: Place, id: string | number = '', query: Query = {}): void {
  window.location.hash = linkTo(place, id, query)
}

/** The page that is shown, as the address changes. */
export function useRoute(): Route {
  const [hash, setHash] = useState(() => window.location.hash)
  useEffect(() => {
    const changed = (): void => setHash(window.location.hash)
    window.addEventListener('hashchange', changed)
    // It may have changed since the page was drawn for the first time.
    changed()
    return () => window.removeEventListener('hashchange', changed)
  }, [])
  return useMemo(() => routeOf(hash), [hash])
}
