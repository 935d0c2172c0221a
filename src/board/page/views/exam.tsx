import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import type { ExamView, PageView } from '../../api.js'
import { ActButtons } from '../acts/act-buttons.js'
import { useAsked, useLive } from '../board-context.js'
import { clockNow, useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { Finding, Owner, PageState, Person, Stage, Trouble } from '../parts/exam-parts.js'
import { Icon } from '../parts/icon.js'
import { Answered, Empty, Scroll } from '../parts/states.js'
import { TimeLeft } from '../parts/time-left.js'
import { linkTo } from '../route.js'
import { Revisions } from './exam-revisions.js'
import { Timeline } from './exam-timeline.js'

const T = {
  title: words('检查 {exam}', 'Exam {exam}'),
  back: words('返回列表', 'Back to the list'),
  patient: words('病人', 'Patient'),
  SickNo: words('病人号', 'Patient no.'),
  ExamNo: words('检查流水号', 'Exam no.'),
  ApplyNo: words('申请单号', 'Request no.'),
  type: words('类型', 'Type'),
  department: words('科室', 'Department'),
  system: words('来源', 'System'),
  openedAt: words('收到时间', 'Came in at'),
  closedAt: words('闭环时间', 'Closed at'),
  owner: words('负责人', 'Owner'),
  timeline: words('经过', 'What happened'),
  revisions: words('内容与更正', 'Contents'),
  pages: words('通知', 'Pages'),
  noPages: words('没有通知', 'No page yet'),
  audit: words('审计记录', 'Audit'),
  noAudit: words('没有审计记录', 'Nothing in the audit'),
  at: words('时间', 'Time'),
  whom: words('通知对象', 'To'),
  channel: words('渠道', 'Channel'),
  state: words('状态', 'State'),
  why: words('原因', 'Reason'),
  who: words('操作者', 'Who'),
  action: words('操作', 'Action'),
}

export function Exam({ id }: { readonly id: string }): VNode {
  const say = useSay()
  const asked = useAsked('exam', { alert: id })
  const { rows } = useLive()
  const live = rows?.find(({ alert }) => String(alert) === id)
  // The stream sends a row anew when anything of the exam has changed; one that has gone was closed.
  useEffect(() => {
    if (asked.value) asked.again()
  }, [live])
  return (
    <>
      <a class="back" href={linkTo('open')}>
        <Icon name="back" />
        {say(T.back)}
      </a>
      <Answered asked={asked}>{(view) => <Whole view={view} again={asked.again} />}</Answered>
    </>
  )
}

function Whole(props: { readonly view: ExamView; readonly again: () => void }): VNode {
  const [say, times] = [useSay(), useTimes()]
  const { view, again } = props
  const { row } = view
  const facts = [
    [T.patient, row.patient],
    [T.SickNo, row.SickNo],
    [T.ExamNo, row.ExamNo],
    [T.ApplyNo, row.ApplyNo],
    [T.type, row.CrisisType],
    [T.department, row.department],
    [T.system, row.system],
    [T.openedAt, times.whole(row.openedAt)],
    [T.closedAt, row.closedAt === null ? '' : times.whole(row.closedAt)],
  ] as const
  return (
    <article class="exam">
      <header>
        <div>
          <h1 tabIndex={-1}>
            <span class="hidden">{say(T.title, { exam: row.ExamNo })}: </span>
            <Finding row={row} />
          </h1>
          <Stage stage={row.stage} />
        </div>
        {row.closedAt === null && <TimeLeft row={row} />}
      </header>
      <ActButtons
        acts={view.acts}
        on={{
          alert: row.alert,
          id: null,
          revision: row.revision,
          about: [row.text, row.patient, row.SickNo, row.ExamNo].filter(Boolean).join(' · '),
        }}
        done={again}
      />
      <Trouble trouble={row.trouble} />
      <dl class="facts">
        {facts.map(
          ([label, value]) =>
            value !== '' && (
              <div key={label.en}>
                <dt>{say(label)}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
        <div>
          <dt>{say(T.owner)}</dt>
          <dd>
            <Owner row={row} />
          </dd>
        </div>
      </dl>
      <div class="columns">
        <section>
          <h2>{say(T.timeline)}</h2>
          <Timeline entries={view.timeline} alert={row.alert} />
        </section>
        <div>
          <section>
            <h2>{say(T.revisions)}</h2>
            <Revisions revisions={view.revisions} />
          </section>
          <section>
            <h2>{say(T.pages)}</h2>
            {view.pages.length === 0 ? (
              <Empty>{say(T.noPages)}</Empty>
            ) : (
              <Pages pages={view.pages} />
            )}
          </section>
          <section>
            <h2>{say(T.audit)}</h2>
            {view.audit.length === 0 ? (
              <Empty>{say(T.noAudit)}</Empty>
            ) : (
              <Audit audit={view.audit} />
            )}
          </section>
        </div>
      </div>
    </article>
  )
}

function Pages({ pages }: { readonly pages: readonly PageView[] }): VNode {
  const [say, times] = [useSay(), useTimes()]
  return (
    <Scroll label={say(T.pages)}>
      <table>
        <caption class="hidden">{say(T.pages)}</caption>
        <thead>
          <tr>
            {[T.at, T.whom, T.channel, T.state].map((column) => (
              <th key={column.en} scope="col">
                {say(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {pages.map((page) => (
            <tr key={page.id}>
              <td class="time">{times.moment(page.at, clockNow())}</td>
              <td>
                {page.person && <Person person={page.person} />} <small>{page.role}</small>
              </td>
              <td>{page.channel}</td>
              <td>
                <PageState state={page.state} />
                {page.reason && <small class="why">{say(page.reason)}</small>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function Audit({ audit }: { readonly audit: ExamView['audit'] }): VNode {
  const [say, times] = [useSay(), useTimes()]
  return (
    <Scroll label={say(T.audit)}>
      <table>
        <caption class="hidden">{say(T.audit)}</caption>
        <thead>
          <tr>
            {[T.at, T.who, T.action, T.why].map((column) => (
              <th key={column.en} scope="col">
                {say(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {audit.map((entry, n) => (
            <tr key={n}>
              <td class="time">{times.moment(entry.at, clockNow())}</td>
              <td>{entry.who}</td>
              <td>{entry.action}</td>
              <td>{entry.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
