import type { VNode } from 'preact'
import { useLive } from '../board-context.js'
import { useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { Icon } from './icon.js'

const T = {
  live: words('实时', 'live'),
  broken: words('未连接，最后状态 {time}', 'not connected, last state of {time}'),
  never: words('正在连接…', 'connecting…'),
}

/** True connection or not: a board that stands still must not look like one that is quiet. */
export function LiveMark(): VNode {
  const [say, times] = [useSay(), useTimes()]
  const { isConnected, at } = useLive()
  if (isConnected) {
    return (
      <span class="live" data-live="yes">
        <i aria-hidden="true" />
        {say(T.live)}
      </span>
    )
  }
  return (
    <span class="live" data-live="no" role="alert">
      <Icon name="broken" />
      {at === null ? say(T.never) : say(T.broken, { time: times.second(at) })}
    </span>
  )
}
