import type { VNode } from 'preact'
import type { DutyView, RosterView } from '../../api.js'
import { useAsked } from '../board-context.js'
import { useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { Person } from '../parts/exam-parts.js'
import { Icon } from '../parts/icon.js'
import { Answered, Empty, Scroll } from '../parts/states.js'

const T = {
  title: words('当前值班', 'On call now'),
  none: words('没有设置值班表', 'No roster is set up'),
  readAt: words('{time} 读取', 'read at {time}'),
  at: words('{time} 的值班情况', 'as it stands at {time}'),
  role: words('角色', 'Role'),
  department: words('科室', 'Department'),
  shift: words('班次', 'Shift'),
  people: words('依次呼叫', 'Called in this order'),
  all: words('其余科室', 'all others'),
  wholeDay: words('全天', 'whole day'),
  gap: words('空缺', 'Gap'),
}

const EVERY_MS = 60_000

export function RosterNow(): VNode {
  const [say, times] = [useSay(), useTimes()]
  const asked = useAsked('roster', {}, EVERY_MS)
  return (
    <>
      <h1 tabIndex={-1}>{say(T.title)}</h1>
      <Answered asked={asked}>
        {({ rosters, now }) =>
          rosters.length === 0 ? (
            <Empty>{say(T.none)}</Empty>
          ) : (
            <>
              <p class="quiet">{say(T.at, { time: times.second(now) })}</p>
              {rosters.map((roster, n) => (
                <OneRoster key={n} roster={roster} />
              ))}
            </>
          )
        }
      </Answered>
    </>
  )
}

function OneRoster({ roster }: { readonly roster: RosterView['rosters'][number] }): VNode {
  const [say, times] = [useSay(), useTimes()]
  return (
    <section>
      <h2>
        {roster.name}
        {roster.readAt !== null && (
          <small class="quiet"> {say(T.readAt, { time: times.whole(roster.readAt) })}</small>
        )}
      </h2>
      {roster.problem && (
        <p class="stale">
          <Icon name="stuck" />
          {say(roster.problem)}
        </p>
      )}
      <Scroll label={roster.name}>
        <table>
          <caption class="hidden">{roster.name}</caption>
          <thead>
            <tr>
              {[T.role, T.department, T.shift, T.people].map((column) => (
                <th key={column.en} scope="col">
                  {say(column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {roster.duties.map((duty, n) => (
              <DutyRow key={n} duty={duty} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}

function DutyRow({ duty }: { readonly duty: DutyView }): VNode {
  const say = useSay()
  return (
    <tr class={duty.gap ? 'late' : ''}>
      <th scope="row">{duty.role}</th>
      <td>{duty.department || <span class="quiet">{say(T.all)}</span>}</td>
      <td>{duty.shift || <span class="quiet">{say(T.wholeDay)}</span>}</td>
      <td>
        {duty.gap && (
          <span class="mark held">
            <Icon name="alarm" />
            {say(T.gap)}: {say(duty.gap)}
          </span>
        )}
        <ol class="people">
          {duty.people.map((person) => (
            <li key={person.code}>
              <Person person={person} /> <small class="quiet">{person.channels.join(' · ')}</small>
            </li>
          ))}
        </ol>
      </td>
    </tr>
  )
}
