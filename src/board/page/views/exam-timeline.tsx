import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { RawPart, TimelineEntry } from '../../api.js'
import { useAsked } from '../board-context.js'
import { useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { Person } from '../parts/exam-parts.js'
import { Icon, type IconName } from '../parts/icon.js'
import { Answered } from '../parts/states.js'

const T = {
  request: words('请求原文', 'Raw request'),
  reply: words('应答原文', 'Raw reply'),
  document: words('文书原文', 'Raw document'),
  bytes: words('{n} 字节', '{n} bytes'),
  masked: words('内容已屏蔽', 'Masked'),
  charset: words('编码 {name}', 'Encoded as {name}'),
}

const ICONS: Readonly<Record<string, IconName>> = {
  arrived: 'file',
  revision: 'register',
  page: 'send',
  attempt: 'send',
  feedback: 'check',
  act: 'accounts',
  trouble: 'stuck',
  audit: 'register',
}

/** The way of an exam, the first thing first. */
export function Timeline(props: {
  readonly entries: readonly TimelineEntry[]
  readonly alert: number
}): VNode {
  const [say, times] = [useSay(), useTimes()]
  return (
    <ol class="timeline">
      {props.entries.map((entry, n) => {
        const isNewDay = n > 0 && times.day(props.entries[n - 1]!.at) !== times.day(entry.at)
        return (
          <li key={n} data-kind={entry.kind}>
            <span class="knot">
              <Icon name={ICONS[entry.kind] ?? 'clock'} />
            </span>
            <div>
              <p>
                <time dateTime={new Date(entry.at).toISOString()}>
                  {(n === 0 || isNewDay) && `${times.day(entry.at)} `}
                  {times.second(entry.at)}
                </time>
                {entry.person && <Person person={entry.person} />}
              </p>
              <p>{say(entry.words)}</p>
              {entry.raw.map((part) => (
                <Raw key={`${part.name} ${part.n}`} part={part} alert={props.alert} />
              ))}
            </div>
          </li>
        )
      })}
    </ol>
  )
}

/** Every byte that was sent or came, asked for only when somebody wants to see it. */
function Raw({ part, alert }: { readonly part: RawPart; readonly alert: number }): VNode {
  const say = useSay()
  const [isOpen, setIsOpen] = useState(false)
  return (
    <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>
        {say(T[part.name])} <small>{say(T.bytes, { n: part.bytes })}</small>
      </summary>
      {isOpen && <RawText part={part} alert={alert} />}
    </details>
  )
}

function RawText({ part, alert }: { readonly part: RawPart; readonly alert: number }): VNode {
  const say = useSay()
  const asked = useAsked('raw', { alert, n: part.n, name: part.name })
  return (
    <Answered asked={asked}>
      {(raw) => (
        <>
          <p class="quiet">
            {say(T.charset, { name: raw.charset })}
            {raw.isMasked && ` · ${say(T.masked)}`}
          </p>
          <pre role="region" aria-label={say(T[part.name])} tabIndex={0}>
            {raw.text}
          </pre>
        </>
      )}
    </Answered>
  )
}
