import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { OpenRow } from '../../api.js'
import { useBoard, useLive } from '../board-context.js'
import { clockNow, everySecond, useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { Stage } from '../parts/exam-parts.js'
import { Icon } from '../parts/icon.js'
import { LiveMark } from '../parts/live-mark.js'
import { Empty, Loading } from '../parts/states.js'
import { TimeLeft } from '../parts/time-left.js'

const T = {
  title: words('危急值', 'Critical values'),
  none: words('没有未闭环的危急值', 'No critical value is open'),
  overdue: words('超时', 'Overdue'),
  open: words('未闭环', 'Open'),
  stuck: words('需人工处理', 'Stuck'),
  more: words('另有 {n} 例未显示', '{n} more are not shown'),
  nobody: words('无人负责', 'nobody has it'),
  unknown: words('科室不明', 'department not known'),
}

const HEAD_PX = 150
const FOOT_PX = 60
/** A line that can be read from 5 m on a screen of 43 inches. */
const LINE_PX = 132

/** The whole lines that fit the screen; a line that is cut would be misread. */
function useLines(): number {
  const count = (): number =>
    Math.max(1, Math.floor((window.innerHeight - HEAD_PX - FOOT_PX) / LINE_PX))
  const [lines, setLines] = useState(count)
  useEffect(() => {
    const changed = (): void => setLines(count())
    window.addEventListener('resize', changed)
    return () => window.removeEventListener('resize', changed)
  }, [])
  return lines
}

function Clock(): VNode {
  const times = useTimes()
  const [now, setNow] = useState(clockNow)
  useEffect(() => everySecond(() => setNow(clockNow())), [])
  return <span class="wall-clock">{times.second(now)}</span>
}

/** For a screen on the wall that everybody passes: no name and no number of a patient. */
export function Wall(): VNode {
  const say = useSay()
  const { session } = useBoard()
  const { rows, counts } = useLive()
  const lines = useLines()
  const isAlarm = (counts?.overdue ?? 0) > 0
  const more = (rows?.length ?? 0) - lines
  return (
    <div class="wall">
      <header>
        <h1 tabIndex={-1}>
          {session.hospital} {say(T.title)}
        </h1>
        {counts && (
          <dl class={isAlarm ? 'alarm' : ''}>
            <div>
              <dt>
                {isAlarm && <Icon name="alarm" />}
                {say(T.overdue)}
              </dt>
              <dd>{counts.overdue}</dd>
            </div>
            <div>
              <dt>{say(T.open)}</dt>
              <dd>{counts.open}</dd>
            </div>
            <div>
              <dt>{say(T.stuck)}</dt>
              <dd>{counts.stuck}</dd>
            </div>
          </dl>
        )}
        <div class="wall-state">
          <Clock />
          <LiveMark />
        </div>
      </header>
      {rows === null ? (
        <Loading />
      ) : rows.length === 0 ? (
        <Empty>{say(T.none)}</Empty>
      ) : (
        <ul>
          {rows.slice(0, lines).map((row) => (
            <Line key={row.alert} row={row} />
          ))}
        </ul>
      )}
      {more > 0 && <p class="wall-more">{say(T.more, { n: more })}</p>}
    </div>
  )
}

function Line({ row }: { readonly row: OpenRow }): VNode {
  const say = useSay()
  return (
    <li>
      <TimeLeft row={row} />
      <span class="wall-value">
        <strong>{row.text || row.CrisisType || row.CrisisCode}</strong>
        <span>{row.department || say(T.unknown)}</span>
      </span>
      <span class="wall-owner">
        {row.owner ? (
          <strong>{row.owner.name || row.owner.code}</strong>
        ) : (
          <strong class="nobody">{say(T.nobody)}</strong>
        )}
        <Stage stage={row.stage} />
      </span>
    </li>
  )
}
