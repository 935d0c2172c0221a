import type { ComponentChildren, VNode } from 'preact'
import type { Asked } from '../board-context.js'
import type { BoardProblem } from '../http.js'
import { useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { Icon } from './icon.js'

const T = {
  loading: words('正在读取…', 'Reading…'),
  again: words('重试', 'Try again'),
  stale: words(
    '无法更新，显示的是 {time} 的状态',
    'Cannot be renewed; this is the state of {time}',
  ),
  broken: words('无法读取', 'Cannot be read'),
}

/** Shapes of what will come, with words for those who do not see them. */
export function Loading(): VNode {
  const say = useSay()
  return (
    <div class="loading" role="status">
      <span class="hidden">{say(T.loading)}</span>
      <span class="bone" />
      <span class="bone" />
      <span class="bone" />
    </div>
  )
}

export function Empty({ children }: { readonly children: ComponentChildren }): VNode {
  return (
    <p class="empty">
      <Icon name="check" />
      <span>{children}</span>
    </p>
  )
}

export function Broken(props: {
  readonly problem: BoardProblem
  readonly again?: () => void
}): VNode {
  const say = useSay()
  return (
    <div class="broken" role="alert">
      <Icon name="broken" />
      <div>
        <strong>{say(T.broken)}</strong>
        <p>{say(props.problem.reason)}</p>
        {props.again && (
          <button type="button" onClick={props.again}>
            {say(T.again)}
          </button>
        )}
      </div>
    </div>
  )
}

/** Shows an answer, or says what is the matter with it; an old answer is said to be old. */
export function Answered<T>(props: {
  readonly asked: Asked<T>
  readonly children: (value: T) => ComponentChildren
}): VNode {
  const { value, problem, at, again } = props.asked
  const [say, times] = [useSay(), useTimes()]
  if (value === null) {
    return problem ? <Broken problem={problem} again={again} /> : <Loading />
  }
  return (
    <>
      {problem && at !== null && (
        <p class="stale" role="alert">
          <Icon name="broken" />
          {say(T.stale, { time: times.second(at) })}
        </p>
      )}
      {props.children(value)}
    </>
  )
}

/** A table that is wider than the screen can be moved by keyboard too. */
export function Scroll(props: {
  readonly label: string
  readonly children: ComponentChildren
}): VNode {
  return (
    <div class="scroll" role="region" aria-label={props.label} tabIndex={0}>
      {props.children}
    </div>
  )
}
