import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { problemOf } from '../board-context.js'
import { ask, queryText, type BoardProblem, type Query, type Views } from '../http.js'
import { useSay, words } from '../language.js'
import { Broken } from './states.js'

const T = { more: words('显示更多', 'Show more'), reading: words('正在读取…', 'Reading…') }

type Paged = 'search' | 'register'

export interface MoreParts<Name extends Paged> {
  readonly rows: readonly Views[Name]['rows'][number][]
  readonly button: VNode | null
}

/** The parts after the first, asked for one by one. */
export function useMore<Name extends Paged>(
  name: Name,
  query: Query,
  first: Views[Name] | null,
): MoreParts<Name> {
  const say = useSay()
  const [parts, setParts] = useState<readonly Views[Name][]>([])
  const [problem, setProblem] = useState<BoardProblem | null>(null)
  const [isAsking, setIsAsking] = useState(false)
  useEffect(() => setParts([]), [queryText(query), first])
  const all = first ? [first, ...parts] : []
  const next = all.at(-1)?.next ?? null
  const more = async (): Promise<void> => {
    setIsAsking(true)
    try {
      const part = await ask(name, { ...query, after: next ?? '' })
      setParts((before) => [...before, part])
      setProblem(null)
    } catch (thrown) {
      setProblem(problemOf(thrown))
    } finally {
      setIsAsking(false)
    }
  }
  return {
    rows: all.flatMap((part) => part.rows as readonly Views[Name]['rows'][number][]),
    button:
      next === null ? null : (
        <div class="more">
          {problem && <Broken problem={problem} />}
          <button type="button" disabled={isAsking} onClick={() => void more()}>
            {say(isAsking ? T.reading : T.more)}
          </button>
        </div>
      ),
  }
}
