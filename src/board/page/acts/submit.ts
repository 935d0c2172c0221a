import { useState } from 'preact/hooks'
import type { Act, Reason } from '../../api.js'
import { problemOf, useBoard } from '../board-context.js'
import { act } from '../http.js'
import { words } from '../language.js'
import { useTold } from '../parts/told.js'

const T = {
  done: words('已记录', 'Recorded'),
  unknown: words(
    '没有收到应答，无法确定是否已记录。请先查看最新状态，再决定是否重试。',
    'No answer came: nobody knows whether this was recorded. Look at the state before you try again.',
  ),
  refused: words('未记录', 'Not recorded'),
}

export interface Submitting {
  readonly isBusy: boolean
  /** Why it was not done, or what is still needed. */
  readonly reason: Reason | null
  readonly submit: (one: Act) => Promise<boolean>
}

/** Sends an act; only an answer that says so counts as done. */
export function useSubmit(): Submitting {
  const { session, refresh } = useBoard()
  const told = useTold()
  const [isBusy, setIsBusy] = useState(false)
  const [reason, setReason] = useState<Reason | null>(null)
  const submit = async (one: Act): Promise<boolean> => {
    setIsBusy(true)
    setReason(null)
    try {
      const answer = await act(one, session.formToken)
      if (answer.isDone) told(answer.reason ?? T.done)
      else setReason(answer.reason ?? T.refused)
      return answer.isDone
    } catch (thrown) {
      const problem = problemOf(thrown)
      if (problem.status === 401) refresh()
      setReason(problem.code === 'unreachable' ? T.unknown : problem.reason)
      return false
    } finally {
      setIsBusy(false)
    }
  }
  return { isBusy, reason, submit }
}
