import type { VNode } from 'preact'
import { useContext } from 'preact/hooks'
import type { RegisterView } from '../../api.js'
import { useAsked, useBoard } from '../board-context.js'
import { clockNow, firstOfMonth, useTimes } from '../clock.js'
import { queryText } from '../http.js'
import { LanguageContext, useSay, words } from '../language.js'
import { Filter, type FilterField } from '../parts/filter.js'
import { Icon } from '../parts/icon.js'
import { useMore } from '../parts/more.js'
import { Answered, Empty, Scroll } from '../parts/states.js'
import { linkTo } from '../route.js'
import { MISSED } from './figure-words.js'

const T = {
  title: words('危急值登记本', 'Register of critical values'),
  period: words('{from} 至 {until}', '{from} to {until}'),
  none: words('此期间没有登记', 'Nothing in this period'),
  print: words('打印', 'Print'),
  csv: words('导出 CSV', 'Save as CSV'),
  filtered: words('仅显示：{name}', 'Only: {name}'),
  printedAt: words('打印时间 {time}', 'Printed at {time}'),
}

const FIELDS: readonly FilterField[] = [
  { name: 'from', label: words('从', 'From'), kind: 'date' },
  { name: 'until', label: words('到', 'To'), kind: 'date' },
  { name: 'department', label: words('科室', 'Department'), kind: 'text' },
  { name: 'shift', label: words('班次', 'Shift'), kind: 'text' },
  {
    name: 'missed',
    label: words('未达标项', 'Not in time'),
    kind: 'choice',
    options: [['', words('全部', 'all rows')], ...Object.entries(MISSED)],
  },
]

export function Register(props: { readonly query: Readonly<Record<string, string>> }): VNode {
  const [say, times] = [useSay(), useTimes()]
  const language = useContext(LanguageContext)
  const { session } = useBoard()
  const today = times.day(clockNow())
  const query = { from: firstOfMonth(today), until: today, ...props.query }
  const asked = useAsked('register', query)
  const { rows, button } = useMore('register', query, asked.value)
  const missed = MISSED[query['missed' as keyof typeof query] ?? '']
  const period = say(T.period, { from: query.from, until: query.until })
  return (
    <>
      <h1 tabIndex={-1}>
        <span class="on-paper">{session.hospital} </span>
        {say(T.title)}
      </h1>
      <p class="on-paper">
        {period} · {say(T.printedAt, { time: times.whole(clockNow()) })}
      </p>
      <Filter place="register" fields={FIELDS} values={query}>
        <button type="button" onClick={() => window.print()}>
          <Icon name="print" />
          {say(T.print)}
        </button>
        <a class="button" href={`api/register.csv${queryText({ ...query, language })}`} download>
          <Icon name="file" />
          {say(T.csv)}
        </a>
      </Filter>
      {missed && <p class="stale">{say(T.filtered, { name: say(missed) })}</p>}
      <Answered asked={asked}>
        {(view) =>
          rows.length === 0 ? (
            <Empty>{say(T.none)}</Empty>
          ) : (
            <>
              <Rows columns={view.columns} rows={rows} caption={`${say(T.title)} ${period}`} />
              {button}
            </>
          )
        }
      </Answered>
    </>
  )
}

function Rows(props: {
  readonly columns: RegisterView['columns']
  readonly rows: RegisterView['rows']
  readonly caption: string
}): VNode {
  const say = useSay()
  return (
    <Scroll label={props.caption}>
      <table class="register">
        <caption class="hidden">{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map(({ key, words: name }) => (
              <th key={key} scope="col" data-column={key}>
                {say(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={row.alert} class={row.isOverdue ? 'late' : ''}>
              {row.cells.map((cell, n) => {
                const key = props.columns[n]?.key ?? ''
                return (
                  <td key={key} data-column={key}>
                    {key === 'examNo' ? <a href={linkTo('exam', row.alert)}>{cell}</a> : cell}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
