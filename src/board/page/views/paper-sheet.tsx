import type { VNode } from 'preact'
import type { OpenRow } from '../../api.js'
import { useBoard } from '../board-context.js'
import { clockNow, useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { STAGE_WORDS } from '../parts/exam-parts.js'

const T = {
  title: words('危急值停机登记表', 'Critical values: downtime sheet'),
  printedAt: words('打印时间 {time}', 'Printed at {time}'),
  open: words('打印时未闭环', 'Open when this was printed'),
  lines: words('停机期间电话通知', 'Telephone calls during downtime'),
  hint: words(
    '每次通话一行。接听人须复述，报告人核对无误后打勾。恢复后在看板“停机登记”补录。',
    'One line a call. The person called reads it back; tick once it is confirmed. Enter the calls on the board afterwards.',
  ),
}

const OPEN_COLUMNS = [
  words('时限', 'Limit'),
  words('危急值', 'Critical value'),
  words('病人号', 'Patient no.'),
  words('检查流水号', 'Exam no.'),
  words('科室', 'Department'),
  words('环节', 'Stage'),
  words('接收人 / 时间', 'Received by, at'),
  words('处理人 / 时间', 'Processed by, at'),
]

const LINE_COLUMNS = [
  words('日期时间', 'Date, time'),
  words('病人号 / 检查号', 'Patient, exam no.'),
  words('危急值内容', 'Critical value'),
  words('报告人', 'Caller'),
  words('接听人（工号）', 'Called (staff no.)'),
  words('复述 ☐', 'Read back ☐'),
  words('通知医师 / 时间', 'Doctor told, at'),
  words('处理 / 备注', 'Measures, remarks'),
]

const LINES = 14

/** Only on paper: the open exams as they stood, and lines to fill in by hand. */
export function PaperSheet({ rows }: { readonly rows: readonly OpenRow[] }): VNode {
  const [say, times] = [useSay(), useTimes()]
  const { session } = useBoard()
  return (
    <div class="paper on-paper">
      <p class="paper-title">
        {session.hospital} {say(T.title)}
      </p>
      <p>{say(T.printedAt, { time: times.whole(clockNow()) })}</p>
      {rows.length > 0 && (
        <table>
          <caption>{say(T.open)}</caption>
          <thead>
            <tr>
              {OPEN_COLUMNS.map((column) => (
                <th key={column.en} scope="col">
                  {say(column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.alert}>
                <td>{row.due ? times.minute(row.due.at) : ''}</td>
                <td>{row.text}</td>
                <td>{row.SickNo}</td>
                <td>{row.ExamNo}</td>
                <td>{row.department}</td>
                <td>{say(STAGE_WORDS[row.stage] ?? words(row.stage, row.stage))}</td>
                <td>{row.owner?.name ?? ''}</td>
                <td />
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <table class="lines">
        <caption>{say(T.lines)}</caption>
        <thead>
          <tr>
            {LINE_COLUMNS.map((column) => (
              <th key={column.en} scope="col">
                {say(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: LINES }, (_, n) => (
            <tr key={n}>
              {LINE_COLUMNS.map((column) => (
                <td key={column.en} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p>{say(T.hint)}</p>
    </div>
  )
}
