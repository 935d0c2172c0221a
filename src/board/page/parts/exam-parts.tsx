import type { VNode } from 'preact'
import type { OpenRow, PageView, PersonView, TroubleView } from '../../api.js'
import { clockNow, useTimes } from '../clock.js'
import { useSay, words } from '../language.js'
import { Icon, type IconName } from './icon.js'

const STAGES = ['stored', 'notified', 'received', 'processed', 'fedBack'] as const

export const STAGE_WORDS: Readonly<Record<string, ReturnType<typeof words>>> = {
  stored: words('已收到', 'stored'),
  notified: words('已通知', 'notified'),
  received: words('已接收', 'received'),
  processed: words('已处理', 'processed'),
  fedBack: words('已反馈', 'fed back'),
  cancelled: words('已作废', 'cancelled'),
}

const PAGE_WORDS = {
  owed: words('待发送', 'owed'),
  sending: words('发送中', 'being sent'),
  accepted: words('已受理', 'accepted'),
  failed: words('失败', 'failed'),
  superseded: words('已被取代', 'superseded'),
} as const satisfies Readonly<Record<PageView['state'], unknown>>

const PAGE_ICONS: Readonly<Record<PageView['state'], IconName>> = {
  owed: 'clock',
  sending: 'send',
  accepted: 'check',
  failed: 'cross',
  superseded: 'back',
}

const HOLDS: Readonly<Record<string, ReturnType<typeof words>>> = {
  wrongPatient: words('病人可能有误，已暂停', 'Held: possibly the wrong patient'),
  contents: words('内容待确定', 'Contents: people have to choose'),
}

const T = {
  nobody: words('无人负责', 'nobody'),
  since: words('{time} 起', 'since {time}'),
  times: words('共 {n} 次', '{n} in all'),
  noPage: words('未通知', 'no page yet'),
  hold: words('已暂停，需人工决定', 'Held: people have to decide'),
  revision: words('更正 {n}', 'corrected, {n}'),
  level: words('级别 {code}', 'level {code}'),
  masked: words('内容已屏蔽', 'content is masked'),
}

/** The way of an exam so far: filled dots, and the word for it. */
export function Stage({ stage }: { readonly stage: string }): VNode {
  const say = useSay()
  const reached = STAGES.findIndex((one) => one === stage)
  return (
    <span class="stage">
      {say(STAGE_WORDS[stage] ?? words(stage, stage))}
      <span class="stage-dots" aria-hidden="true">
        {STAGES.slice(0, 4).map((one, n) => (
          <i key={one} class={n <= reached ? 'on' : ''} />
        ))}
      </span>
    </span>
  )
}

/** Somebody by name and staff number. */
export function Person({ person }: { readonly person: PersonView }): VNode {
  return (
    <span class="person">
      {person.name || person.code}
      {person.name !== '' && person.code !== '' && <small> {person.code}</small>}
    </span>
  )
}

/** Whoever has the exam now, and since when. */
export function Owner({ row }: { readonly row: Pick<OpenRow, 'owner' | 'ownerSince'> }): VNode {
  const [say, times] = [useSay(), useTimes()]
  if (!row.owner) return <span class="nobody">{say(T.nobody)}</span>
  return (
    <span class="two-lines">
      <Person person={row.owner} />
      {row.ownerSince !== null && (
        <small>{say(T.since, { time: times.short(row.ownerSince, clockNow()) })}</small>
      )}
    </span>
  )
}

export function PageState({ state }: { readonly state: PageView['state'] }): VNode {
  const say = useSay()
  return (
    <span class="page-state" data-state={state}>
      <Icon name={PAGE_ICONS[state]} />
      {say(PAGE_WORDS[state])}
    </span>
  )
}

/** The latest page: its state, to whom, by which channel and when. */
export function LastPage({ row }: { readonly row: Pick<OpenRow, 'page' | 'pages'> }): VNode {
  const [say, times] = [useSay(), useTimes()]
  const { page, pages } = row
  if (!page) return <span class="quiet">{say(T.noPage)}</span>
  const whom = page.person ? page.person.name || page.person.code : page.role
  return (
    <span class="two-lines">
      <span>
        <PageState state={page.state} /> <span class="person">{whom}</span>
      </span>
      <small>
        {[times.short(page.at, clockNow()), page.channel].filter(Boolean).join(' · ')}
        {pages > 1 && ` · ${say(T.times, { n: pages })}`}
      </small>
    </span>
  )
}

export function Trouble({ trouble }: { readonly trouble: TroubleView | null }): VNode | null {
  const [say, times] = [useSay(), useTimes()]
  if (!trouble) return null
  return (
    <span class="trouble">
      <Icon name="stuck" />
      <span>
        {say(trouble.reason)} <small>{times.short(trouble.at, clockNow())}</small>
      </span>
    </span>
  )
}

/** The finding with the marks that must not be overlooked. */
export function Finding({ row }: { readonly row: OpenRowLike }): VNode {
  const say = useSay()
  return (
    <span class="finding">
      {row.text || <span class="quiet">{say(T.masked)}</span>}
      <Marks row={row} />
    </span>
  )
}

type OpenRowLike = Pick<OpenRow, 'text' | 'revision' | 'hold' | 'CrisisCode'>

export function Marks({ row }: { readonly row: OpenRowLike }): VNode {
  const say = useSay()
  return (
    <>
      {row.CrisisCode !== '' && <span class="mark">{say(T.level, { code: row.CrisisCode })}</span>}
      {row.revision > 1 && (
        <span class="mark corrected">{say(T.revision, { n: row.revision - 1 })}</span>
      )}
      {row.hold !== null && (
        <span class="mark held">
          <Icon name="pause" />
          {say(HOLDS[row.hold] ?? T.hold)}
        </span>
      )}
    </>
  )
}
