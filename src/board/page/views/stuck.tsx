import type { VNode } from 'preact'
import type { Reason, StuckKind, StuckRow } from '../../api.js'
import { ActButtons } from '../acts/act-buttons.js'
import { useAsked } from '../board-context.js'
import { clockNow, useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { durationOf } from '../parts/time-left.js'
import { Answered, Empty } from '../parts/states.js'
import { linkTo } from '../route.js'

const T = {
  title: words('需人工处理', 'Stuck: people have to decide'),
  none: words('没有需要人工处理的事项', 'Nothing waits for a person'),
  cut: words('事项过多，只显示最早的一部分', 'There are more; these are the oldest'),
  exam: words('检查 {exam}', 'exam {exam}'),
  since: words('{time} 起，已 {age}', 'since {time}, for {age}'),
}

interface KindWords {
  readonly name: Reason
  readonly hint: Reason
}

/** In the order of what cannot wait. */
const KINDS: Readonly<Record<StuckKind, KindWords>> = {
  dead: {
    name: words('死信：未送达的文书', 'Dead letters'),
    hint: words(
      '对方拒收，或结果无法确定。先电话告知，再决定重发、修改或放弃。',
      'The other side refused, or nobody knows. Telephone first; then send again, edit or give up.',
    ),
  },
  page: {
    name: words('通知失败', 'Pages that failed'),
    hint: words('所有渠道都失败了，请电话通知。', 'No channel got through: telephone.'),
  },
  hold: {
    name: words('暂停', 'Held'),
    hint: words(
      '病人可能有误，或内容有矛盾。自动反馈已停止。',
      'Possibly the wrong patient, or contents that contradict each other. No feedback goes out.',
    ),
  },
  quarantine: {
    name: words('隔离：无法识别的来文', 'Quarantine'),
    hint: words(
      '收到但无法识别，发送方已得到失败应答。请查看原因并联系对方。',
      'Came in and could not be understood; the sender was told so. Look why, and call them.',
    ),
  },
  orphan: {
    name: words('孤儿反馈', 'Orphans'),
    hint: words('反馈找不到对应的危急值。', 'Feedback that matches no critical value.'),
  },
  unclaimed: {
    name: words('无人领取的消息', 'Unclaimed'),
    hint: words(
      '消息对应的节点已不在流程中。',
      'Messages for nodes that are no longer in the flows.',
    ),
  },
  waiting: {
    name: words('等待中', 'Waiting'),
    hint: words('等待其他事项完成后才能发送。', 'Not sent until something else is done.'),
  },
}

const EVERY_MS = 15_000

export function Stuck(): VNode {
  const say = useSay()
  const asked = useAsked('stuck', {}, EVERY_MS)
  return (
    <>
      <h1 tabIndex={-1}>{say(T.title)}</h1>
      <Answered asked={asked}>
        {({ rows, isCut }) =>
          rows.length === 0 ? (
            <Empty>{say(T.none)}</Empty>
          ) : (
            <>
              {isCut && <p class="stale">{say(T.cut)}</p>}
              {(Object.keys(KINDS) as StuckKind[]).map((kind) => {
                const own = rows.filter((row) => row.kind === kind)
                return own.length === 0 ? null : (
                  <Kind key={kind} kind={kind} rows={own} again={asked.again} />
                )
              })}
            </>
          )
        }
      </Answered>
    </>
  )
}

function Kind(props: {
  readonly kind: StuckKind
  readonly rows: readonly StuckRow[]
  readonly again: () => void
}): VNode {
  const say = useSay()
  const { name, hint } = KINDS[props.kind]
  return (
    <section class="stuck" data-kind={props.kind}>
      <h2>
        {say(name)} <span class="badge">{props.rows.length}</span>
      </h2>
      <p class="quiet">{say(hint)}</p>
      <ul>
        {props.rows.map((row) => (
          <Item key={row.id} row={row} again={props.again} />
        ))}
      </ul>
    </section>
  )
}

function Item({ row, again }: { readonly row: StuckRow; readonly again: () => void }): VNode {
  const [say, times] = [useSay(), useTimes()]
  const now = clockNow()
  const exam = row.ExamNo === '' ? '' : say(T.exam, { exam: row.ExamNo })
  return (
    <li>
      <div>
        <p class="reason">{say(row.reason)}</p>
        <p class="quiet">
          {[
            row.where,
            say(T.since, { time: times.short(row.at, now), age: durationOf(say, now - row.at) }),
          ]
            .filter(Boolean)
            .join(' · ')}
          {exam !== '' && ' · '}
          {exam !== '' &&
            (row.alert === null ? exam : <a href={linkTo('exam', row.alert)}>{exam}</a>)}
        </p>
      </div>
      <ActButtons
        acts={row.acts}
        on={{
          alert: row.alert,
          id: row.id,
          revision: null,
          targets: row.targets,
          about: [exam, say(row.reason)].filter(Boolean).join(' · '),
        }}
        done={again}
      />
    </li>
  )
}
