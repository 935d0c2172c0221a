import type { VNode } from 'preact'
import type { SearchView } from '../../api.js'
import { useAsked } from '../board-context.js'
import { useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { Person, Stage, STAGE_WORDS } from '../parts/exam-parts.js'
import { Filter, type FilterField } from '../parts/filter.js'
import { Icon } from '../parts/icon.js'
import { useMore } from '../parts/more.js'
import { Answered, Empty, Scroll } from '../parts/states.js'
import { linkTo } from '../route.js'

const T = {
  title: words('查找', 'Search'),
  caption: words('查找结果，最近的在前', 'Exams that were found, the latest first'),
  none: words('没有符合条件的检查', 'No exam matches'),
  begin: words('输入任意一项条件后查询', 'Fill in any of the fields'),
  any: words('不限', 'any'),
  value: words('危急值', 'Critical value'),
  patient: words('病人', 'Patient'),
  at: words('收到时间', 'Came in at'),
  department: words('科室', 'Department'),
  stage: words('环节', 'Stage'),
  received: words('接收人', 'Received by'),
  processed: words('处理人', 'Processed by'),
  overdue: words('超时', 'overdue'),
}

const FIELDS: readonly FilterField[] = [
  { name: 'ExamNo', label: words('检查流水号', 'Exam no.'), kind: 'text' },
  { name: 'ApplyNo', label: words('申请单号', 'Request no.'), kind: 'text' },
  { name: 'SickNo', label: words('病人号', 'Patient no.'), kind: 'text' },
  { name: 'doctor', label: words('医生（工号或姓名）', 'Doctor (number or name)'), kind: 'text' },
  { name: 'department', label: words('科室', 'Department'), kind: 'text' },
  {
    name: 'stage',
    label: T.stage,
    kind: 'choice',
    options: [['', T.any], ...Object.entries(STAGE_WORDS)],
  },
  { name: 'from', label: words('从', 'From'), kind: 'date' },
  { name: 'until', label: words('到', 'To'), kind: 'date' },
]

export function Search({ query }: { readonly query: Readonly<Record<string, string>> }): VNode {
  const say = useSay()
  const isAsked = Object.values(query).some((value) => value !== '')
  return (
    <>
      <h1 tabIndex={-1}>{say(T.title)}</h1>
      <Filter place="search" fields={FIELDS} values={query} isSearch />
      {isAsked ? <Results query={query} /> : <p class="quiet begin">{say(T.begin)}</p>}
    </>
  )
}

function Results({ query }: { readonly query: Readonly<Record<string, string>> }): VNode {
  const say = useSay()
  const asked = useAsked('search', query)
  const { rows, button } = useMore('search', query, asked.value)
  return (
    <Answered asked={asked}>
      {() =>
        rows.length === 0 ? (
          <Empty>{say(T.none)}</Empty>
        ) : (
          <>
            <Found rows={rows} />
            {button}
          </>
        )
      }
    </Answered>
  )
}

function Found({ rows }: { readonly rows: SearchView['rows'] }): VNode {
  const [say, times] = [useSay(), useTimes()]
  const columns = [T.at, T.value, T.patient, T.department, T.stage, T.received, T.processed]
  return (
    <Scroll label={say(T.title)}>
      <table>
        <caption class="hidden">{say(T.caption)}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.en} scope="col">
                {say(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.alert}>
              <td class="time">
                {times.day(row.openedAt)} {times.minute(row.openedAt)}
              </td>
              <th scope="row">
                <a href={linkTo('exam', row.alert)}>{row.text || row.ExamNo}</a>
                <small class="ids">
                  <span>{row.ExamNo}</span>
                  {row.ApplyNo !== '' && <span>{row.ApplyNo}</span>}
                </small>
              </th>
              <td>
                {row.patient} <small>{row.SickNo}</small>
              </td>
              <td>{row.department}</td>
              <td>
                <Stage stage={row.stage} />
                {row.isOverdue && (
                  <span class="mark held">
                    <Icon name="alarm" />
                    {say(T.overdue)}
                  </span>
                )}
              </td>
              <td>{row.receivedBy && <Person person={row.receivedBy} />}</td>
              <td>{row.processedBy && <Person person={row.processedBy} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
