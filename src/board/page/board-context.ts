import { createContext } from 'preact'
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks'
import type { SessionView } from '../api.js'
import { clockNow, setClock } from './clock.js'
import { ask, BoardProblem, queryText, type Query, type Views } from './http.js'
import { words } from './language.js'
import type { LiveOpen, LiveState } from './live.js'

/** A session of somebody who has signed in. */
export type SignedIn = SessionView & { readonly person: NonNullable<SessionView['person']> }

export interface Board {
  readonly session: SignedIn
  readonly live: LiveOpen
  /** Asks for the session again: it may have ended. */
  readonly refresh: () => void
}

export const BoardContext = createContext<Board | null>(null)

export function useBoard(): Board {
  const board = useContext(BoardContext)
  if (!board) throw new Error('no board around this component')
  return board
}

/** The open exams, as they change. */
export function useLive(): LiveState {
  const { live } = useBoard()
  const [state, setState] = useState(live.state)
  useEffect(() => {
    const changed = (): void => setState(live.state)
    changed()
    return live.subscribe(changed)
  }, [live])
  return state
}

/** An answer on its way, here, or not to be had. A view that could not be renewed keeps the last one. */
export interface Asked<T> {
  readonly value: T | null
  readonly problem: BoardProblem | null
  /** The moment of the value, by the server's clock. */
  readonly at: number | null
  readonly isAsking: boolean
  readonly again: () => void
}

const UNEXPECTED = words('页面出错', 'The page has failed')

/** Any failure as a problem that can be shown. */
export const problemOf = (thrown: unknown): BoardProblem =>
  thrown instanceof BoardProblem ? thrown : new BoardProblem(0, 'unexpected', UNEXPECTED)

interface Answer<T> {
  readonly key: string
  readonly value: T | null
  readonly problem: BoardProblem | null
  readonly at: number | null
}

/** Asks for a view, again for each other query, and every so many ms where that is given. */
export function useAsked<Name extends keyof Views>(
  name: Name,
  query: Query,
  everyMs?: number,
): Asked<Views[Name]> {
  const { refresh } = useBoard()
  const key = `${name}${queryText(query)}`
  const [answer, setAnswer] = useState<Answer<Views[Name]> | null>(null)
  const [turn, setTurn] = useState(0)
  const [isAsking, setIsAsking] = useState(true)
  const latest = useRef('')
  useEffect(() => {
    const mine = `${key} ${turn}`
    latest.current = mine
    setIsAsking(true)
    const end = (of: (last: Answer<Views[Name]> | null) => Answer<Views[Name]>): void => {
      if (latest.current !== mine) return
      setAnswer((last) => of(last?.key === key ? last : null))
      setIsAsking(false)
    }
    ask(name, query).then(
      (value) => {
        const { now } = value as { readonly now?: number }
        if (now !== undefined) setClock(now)
        end(() => ({ key, value, problem: null, at: clockNow() }))
      },
      (thrown: unknown) => {
        const problem = problemOf(thrown)
        if (problem.status === 401) refresh()
        end((last) => ({ key, value: last?.value ?? null, problem, at: last?.at ?? null }))
      },
    )
    if (everyMs === undefined) return undefined
    const timer = setTimeout(() => setTurn(turn + 1), everyMs)
    return () => clearTimeout(timer)
  }, [key, turn])
  const again = useCallback(() => setTurn((last) => last + 1), [])
  const current = answer?.key === key ? answer : null
  return {
    value: current?.value ?? null,
    problem: current?.problem ?? null,
    at: current?.at ?? null,
    isAsking,
    again,
  }
}
