import { memo } from '../parts/memo.js'
import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import type { OpenCounts, OpenRow } from '../../api.js'
import { useLive } from '../board-context.js'
import { clockNow, useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { endMeasure } from '../live.js'
import { Finding, LastPage, Owner, Stage, Trouble } from '../parts/exam-parts.js'
import { Icon } from '../parts/icon.js'
import { Empty, Loading, Scroll } from '../parts/states.js'
import { TimeLeft } from '../parts/time-left.js'
import { useMedia } from '../preferences.js'
import { linkTo } from '../route.js'

const T = {
  title: words('未闭环危急值', 'Open critical values'),
  caption: words(
    '未闭环危急值，超时的在前，其余按剩余时间排列',
    'Open critical values: overdue first, then by time left',
  ),
  none: words('没有未闭环的危急值', 'No critical value is open'),
  left: words('剩余时间', 'Time left'),
  value: words('危急值 / 病人', 'Critical value / patient'),
  department: words('科室', 'Department'),
  stage: words('环节', 'Stage'),
  owner: words('负责人', 'Owner'),
  page: words('最近通知 / 故障', 'Last page / trouble'),
  open: words('未闭环', 'Open'),
  overdue: words('超时', 'Overdue'),
  owed: words('待送达', 'Owed'),
  stuck: words('需人工处理', 'Stuck'),
  last: words('最近故障', 'Last trouble'),
  noTrouble: words('近期无故障', 'No trouble of late'),
  unknown: words('科室不明', 'department not known'),
}

/** Narrower than this, a table would be cut: cards stand instead. */
const TABLE = '(min-width: 1180px)'

export function Open(): VNode {
  const say = useSay()
  const { rows, counts } = useLive()
  const isWide = useMedia(TABLE)
  useEffect(endMeasure, [rows])
  return (
    <>
      <h1 tabIndex={-1}>{say(T.title)}</h1>
      {counts && <Counts counts={counts} />}
      {rows === null ? (
        <Loading />
      ) : rows.length === 0 ? (
        <Empty>{say(T.none)}</Empty>
      ) : isWide ? (
        <Table rows={rows} />
      ) : (
        <ul class="cards">
          {rows.map((row) => (
            <Card key={row.alert} row={row} />
          ))}
        </ul>
      )}
    </>
  )
}

function Counts({ counts }: { readonly counts: OpenCounts }): VNode {
  const [say, times] = [useSay(), useTimes()]
  const { lastTrouble } = counts
  return (
    <div class="counts">
      <dl>
        <Count words={say(T.overdue)} n={counts.overdue} kind={counts.overdue > 0 ? 'alarm' : ''} />
        <Count words={say(T.open)} n={counts.open} kind="" />
        <Count words={say(T.owed)} n={counts.owed} kind="" />
        <Count words={say(T.stuck)} n={counts.stuck} kind={counts.stuck > 0 ? 'soon' : ''} />
      </dl>
      <p class="last-trouble">
        {lastTrouble ? (
          <>
            <small>
              {say(T.last)} {times.moment(lastTrouble.at, clockNow())}
            </small>
            <span>{say(lastTrouble.reason)}</span>
          </>
        ) : (
          <span class="quiet">{say(T.noTrouble)}</span>
        )}
      </p>
    </div>
  )
}

function Count(props: {
  readonly words: string
  readonly n: number
  readonly kind: string
}): VNode {
  return (
    <div class="count" data-kind={props.kind}>
      <dt>
        {props.kind === 'alarm' && <Icon name="alarm" />}
        {props.kind === 'soon' && <Icon name="stuck" />}
        {props.words}
      </dt>
      <dd>{props.n}</dd>
    </div>
  )
}

function Table({ rows }: { readonly rows: readonly OpenRow[] }): VNode {
  const say = useSay()
  const columns = [T.left, T.value, T.department, T.stage, T.owner, T.page]
  return (
    <Scroll label={say(T.title)}>
      {/* The roles are said again: some browsers forget those of a table that is laid out as a grid. */}
      <table class="open" role="table">
        <caption class="hidden">{say(T.caption)}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column.en} scope="col" role="columnheader">
                {say(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <TableRow key={row.alert} row={row} />
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

const TableRow = memo(function TableRow({ row }: { readonly row: OpenRow }): VNode {
  const say = useSay()
  return (
    <tr role="row">
      <td role="cell">
        <TimeLeft row={row} />
      </td>
      <th scope="row" role="rowheader">
        <a href={linkTo('exam', row.alert)}>
          <Finding row={row} />
        </a>
        <Ids row={row} />
      </th>
      <td role="cell">{row.department || <span class="quiet">{say(T.unknown)}</span>}</td>
      <td role="cell">
        <Stage stage={row.stage} />
      </td>
      <td role="cell">
        <Owner row={row} />
      </td>
      <td role="cell">
        <LastPage row={row} />
        <Trouble trouble={row.trouble} />
      </td>
    </tr>
  )
})

/** Two identifiers beside each other on every notice. */
function Ids({ row }: { readonly row: OpenRow }): VNode {
  return (
    <small class="ids">
      {[row.patient, row.SickNo, row.ExamNo].filter(Boolean).map((id) => (
        <span key={id}>{id}</span>
      ))}
    </small>
  )
}

const Card = memo(function Card({ row }: { readonly row: OpenRow }): VNode {
  const say = useSay()
  return (
    <li>
      <div class="card-head">
        <TimeLeft row={row} />
        <Stage stage={row.stage} />
      </div>
      <a href={linkTo('exam', row.alert)}>
        <Finding row={row} />
      </a>
      <Ids row={row} />
      <dl>
        <dt>{say(T.department)}</dt>
        <dd>{row.department || say(T.unknown)}</dd>
        <dt>{say(T.owner)}</dt>
        <dd>
          <Owner row={row} />
        </dd>
        <dt>{say(T.page)}</dt>
        <dd>
          <LastPage row={row} />
        </dd>
      </dl>
      <Trouble trouble={row.trouble} />
    </li>
  )
})
