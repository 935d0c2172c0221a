import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { PhoneCallRow, PhoneCallsView } from '../../api.js'
import { ActDialog, type ActOn } from '../acts/act-dialog.js'
import { useAsked, useBoard, useLive } from '../board-context.js'
import { clockNow, useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { Person } from '../parts/exam-parts.js'
import { Icon } from '../parts/icon.js'
import { Answered, Empty, Scroll } from '../parts/states.js'
import { linkTo } from '../route.js'
import { PaperSheet } from './paper-sheet.js'
import { PhoneCallForm } from './phone-call-form.js'

const T = {
  title: words('停机登记', 'Downtime'),
  lead: words(
    '系统停用时：打印空白表，手工登记电话通知；恢复后在此补录，并与检查记录对应。',
    'While systems are down: print the sheet and write down each call; enter the calls here afterwards and match them to their exams.',
  ),
  print: words('打印登记表', 'Print the sheet'),
  enter: words('补录电话通知', 'Enter a call'),
  calls: words('电话通知记录', 'Calls'),
  none: words('没有电话通知记录', 'No call was entered'),
  at: words('时间', 'Time'),
  caller: words('报告人', 'Caller'),
  called: words('接听人', 'Called'),
  exam: words('检查 / 病人号', 'Exam / patient'),
  text: words('内容', 'What was said'),
  readBack: words('复述', 'Read back'),
  matched: words('对应记录', 'Exam'),
  yes: words('是', 'yes'),
  no: words('否', 'no'),
  match: words('与 {exam} 对应', 'Match to {exam}'),
  open: words('查看', 'Show'),
  unmatched: words('未对应', 'not matched'),
}

export function Downtime(): VNode {
  const say = useSay()
  const { session } = useBoard()
  const { rows } = useLive()
  const asked = useAsked('phone-calls', {})
  return (
    <>
      <div class="not-on-paper">
        <h1 tabIndex={-1}>{say(T.title)}</h1>
        <p class="quiet">{say(T.lead)}</p>
        <p>
          <button type="button" onClick={() => window.print()}>
            <Icon name="print" />
            {say(T.print)}
          </button>
        </p>
        {session.role !== 'look' && (
          <section>
            <h2>{say(T.enter)}</h2>
            <PhoneCallForm done={asked.again} />
          </section>
        )}
        <section>
          <h2>{say(T.calls)}</h2>
          <Answered asked={asked}>
            {(view) =>
              view.rows.length === 0 ? (
                <Empty>{say(T.none)}</Empty>
              ) : (
                <Calls view={view} again={asked.again} />
              )
            }
          </Answered>
        </section>
      </div>
      <PaperSheet rows={rows ?? []} />
    </>
  )
}

function Calls(props: { readonly view: PhoneCallsView; readonly again: () => void }): VNode {
  const say = useSay()
  const [on, setOn] = useState<ActOn | null>(null)
  const columns = [T.at, T.caller, T.called, T.exam, T.text, T.readBack, T.matched]
  return (
    <>
      <Scroll label={say(T.calls)}>
        <table>
          <caption class="hidden">{say(T.calls)}</caption>
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
            {props.view.rows.map((row) => (
              <Call
                key={row.id}
                row={row}
                candidates={props.view.candidates[row.id] ?? []}
                match={setOn}
              />
            ))}
          </tbody>
        </table>
      </Scroll>
      {on && <ActDialog on={on} close={() => setOn(null)} done={props.again} />}
    </>
  )
}

function Call(props: {
  readonly row: PhoneCallRow
  readonly candidates: PhoneCallsView['candidates'][string]
  readonly match: (on: ActOn) => void
}): VNode {
  const [say, times] = [useSay(), useTimes()]
  const { session } = useBoard()
  const { row } = props
  const about = [row.text, row.SickNo, row.ExamNo].filter(Boolean).join(' · ')
  return (
    <tr class={row.alert === null ? 'late' : ''}>
      <td class="time">{times.short(row.at, clockNow())}</td>
      <td>
        <Person person={row.caller} />
      </td>
      <td>
        <Person person={row.called} />
      </td>
      <td>
        {row.ExamNo} <small>{row.SickNo}</small>
      </td>
      <td>
        {row.text}
        {row.note !== '' && <small class="why">{row.note}</small>}
      </td>
      <td>
        <span class="page-state" data-state={row.isReadBack ? 'accepted' : 'failed'}>
          <Icon name={row.isReadBack ? 'check' : 'cross'} />
          {say(row.isReadBack ? T.yes : T.no)}
        </span>
      </td>
      <td>
        {row.alert === null ? (
          <>
            <span class="mark held">{say(T.unmatched)}</span>
            {session.role !== 'look' &&
              props.candidates.map(({ alert, ExamNo }) => (
                <button
                  key={alert}
                  type="button"
                  data-act="matchPhoneCall"
                  onClick={() =>
                    props.match({
                      kind: 'matchPhoneCall',
                      id: row.id,
                      alert,
                      revision: null,
                      about: `${about} → ${ExamNo}`,
                    })
                  }
                >
                  {say(T.match, { exam: ExamNo })}
                </button>
              ))}
          </>
        ) : (
          <a href={linkTo('exam', row.alert)}>{say(T.open)}</a>
        )}
      </td>
    </tr>
  )
}
