import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Reason } from '../api.js'
import { useBoard, useLive } from './board-context.js'
import { useSay, words } from './language.js'
import { Icon, type IconName } from './parts/icon.js'
import { LiveMark } from './parts/live-mark.js'
import type { Scheme } from './preferences.js'
import { goTo, linkTo, type Place, type Route } from './route.js'
import { ROLE_WORDS } from './views/role-words.js'

const T = {
  board: words('危急值看板', 'Critical values'),
  skip: words('跳到内容', 'Skip to the content'),
  pages: words('页面', 'Pages'),
  more: words('更多', 'More'),
  other: words('English', '中文'),
  light: words('浅色', 'Light'),
  dark: words('深色', 'Dark'),
  password: words('修改密码', 'Your password'),
  signOut: words('退出登录', 'Sign out'),
  you: words('我的账号', 'You'),
  masked: words('病人信息已屏蔽', 'patients are masked'),
  overdue: words('{n} 例超时，共 {open} 例未闭环', '{n} overdue, {open} open'),
  noneOverdue: words('没有超时，共 {open} 例未闭环', 'none overdue, {open} open'),
}

interface Page {
  readonly place: Place
  readonly name: Reason
  readonly icon: IconName
}

/** The first four stay in reach of a thumb on a telephone. */
const PAGES: readonly Page[] = [
  { place: 'open', name: words('未闭环', 'Open'), icon: 'open' },
  { place: 'stuck', name: words('需处理', 'Stuck'), icon: 'stuck' },
  { place: 'search', name: words('查找', 'Search'), icon: 'search' },
  { place: 'roster', name: words('值班', 'On call'), icon: 'roster' },
  { place: 'register', name: words('登记本', 'Register'), icon: 'register' },
  { place: 'figures', name: words('指标', 'Figures'), icon: 'figures' },
  { place: 'downtime', name: words('停机登记', 'Downtime'), icon: 'downtime' },
  { place: 'wall', name: words('大屏', 'Wall'), icon: 'wall' },
  { place: 'accounts', name: words('账号', 'Accounts'), icon: 'accounts' },
]

export interface Switches {
  readonly scheme: Scheme
  readonly switchScheme: () => void
  readonly switchLanguage: () => void
}

/** The frame of all pages: where one is, whether what is shown is true now, and who is signed in. */
export function Shell(props: {
  readonly route: Route
  readonly switches: Switches
  readonly signOut: () => void
  readonly children: ComponentChildren
}): VNode {
  const say = useSay()
  const main = useRef<HTMLElement>(null)
  useSearchKey()
  return (
    <div class="shell">
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          main.current?.focus()
        }}
      >
        {say(T.skip)}
      </a>
      <Bar switches={props.switches} signOut={props.signOut} />
      <Pages route={props.route} />
      <main id="main" ref={main} tabIndex={-1}>
        {props.children}
      </main>
      <Spoken />
    </div>
  )
}

/** `/` goes to the search from everywhere but a field. */
function useSearchKey(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const isTyping =
        event.target instanceof HTMLElement &&
        event.target.closest('input, textarea, select, dialog') !== null
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return
      event.preventDefault()
      const field = document.querySelector<HTMLElement>('[role=search] input')
      // The page of the search has the focus there once it is drawn.
      if (field) field.focus()
      else goTo('search')
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
}

function Bar(props: { readonly switches: Switches; readonly signOut: () => void }): VNode {
  const say = useSay()
  const { session } = useBoard()
  const { scheme, switchScheme, switchLanguage } = props.switches
  const next = scheme === 'light' ? T.dark : T.light
  return (
    <header class="bar">
      <p class="brand">
        <strong>{say(T.board)}</strong>
        <span>{session.hospital}</span>
      </p>
      <LiveMark />
      <div class="switches">
        <button
          type="button"
          class="plain"
          data-switch="language"
          lang={say(words('en', 'zh-CN'))}
          onClick={switchLanguage}
        >
          {say(T.other)}
        </button>
        <button
          type="button"
          class="plain"
          data-switch="scheme"
          title={say(next)}
          aria-label={say(next)}
          onClick={switchScheme}
        >
          <Icon name={scheme === 'light' ? 'moon' : 'sun'} />
        </button>
        <You signOut={props.signOut} />
      </div>
    </header>
  )
}

function You({ signOut }: { readonly signOut: () => void }): VNode {
  const say = useSay()
  const { session } = useBoard()
  const box = useRef<HTMLDetailsElement>(null)
  useClosing(box)
  const { person, role, seesPatients, signIn } = session
  return (
    <details class="you" ref={box}>
      <summary aria-label={`${say(T.you)}: ${person.name || person.code}`}>
        <Icon name="accounts" />
        <span>{person.name || person.code}</span>
      </summary>
      <div class="menu">
        <p>
          {person.name} <small>{person.code}</small>
        </p>
        <p class="quiet">
          {say(ROLE_WORDS[role])}
          {!seesPatients && ` · ${say(T.masked)}`}
        </p>
        {signIn === 'accounts' && (
          <a href={linkTo('password')}>
            <Icon name="key" />
            {say(T.password)}
          </a>
        )}
        {signIn !== 'proxy' && (
          <button type="button" class="plain" data-switch="sign-out" onClick={signOut}>
            <Icon name="leave" />
            {say(T.signOut)}
          </button>
        )}
      </div>
    </details>
  )
}

/** A menu closes by Esc, by a choice, and by a click beside it. */
function useClosing(box: { readonly current: HTMLDetailsElement | null }): void {
  useEffect(() => {
    const close = (event: Event): void => {
      const details = box.current
      if (!details?.open) return
      const isInside = event.target instanceof Node && details.contains(event.target)
      const isChoice =
        event.target instanceof Element && event.target.closest('.menu a, .menu button')
      if (event instanceof KeyboardEvent ? event.key !== 'Escape' : isInside && !isChoice) return
      details.open = false
      if (event instanceof KeyboardEvent) details.querySelector('summary')?.focus()
    }
    window.addEventListener('keydown', close)
    window.addEventListener('click', close)
    return () => {
      window.removeEventListener('keydown', close)
      window.removeEventListener('click', close)
    }
  }, [])
}

function Pages({ route }: { readonly route: Route }): VNode {
  const say = useSay()
  const { session } = useBoard()
  const [isOpen, setIsOpen] = useState(false)
  useEffect(() => setIsOpen(false), [route])
  const shown = PAGES.filter(
    ({ place }) =>
      place !== 'accounts' || (session.role === 'administer' && session.signIn === 'accounts'),
  )
  return (
    <nav class="pages" aria-label={say(T.pages)} data-open={isOpen}>
      <ul>
        {shown.map((page, n) => (
          <li key={page.place} class={n < 4 ? '' : 'rest'}>
            <PageLink page={page} isHere={route.place === page.place} />
          </li>
        ))}
        <li class="show-more">
          <button
            type="button"
            class="plain"
            aria-expanded={isOpen}
            onClick={() => setIsOpen(!isOpen)}
          >
            <Icon name="more" />
            <span>{say(T.more)}</span>
          </button>
        </li>
      </ul>
    </nav>
  )
}

function PageLink(props: { readonly page: Page; readonly isHere: boolean }): VNode {
  const say = useSay()
  const { counts } = useLive()
  const { place, name, icon } = props.page
  const n = place === 'open' ? (counts?.overdue ?? 0) : place === 'stuck' ? (counts?.stuck ?? 0) : 0
  return (
    <a href={linkTo(place)} aria-current={props.isHere ? 'page' : undefined}>
      <Icon name={icon} />
      <span>{say(name)}</span>
      {n > 0 && (
        <span class="badge" data-kind={place === 'open' ? 'alarm' : 'soon'}>
          {n}
        </span>
      )}
    </a>
  )
}

/** Says to a screen reader how many are overdue, when that number changes and not at each tick; the title says it too. */
function Spoken(): VNode {
  const say = useSay()
  const { counts } = useLive()
  const overdue = counts?.overdue
  const [spoken, setSpoken] = useState('')
  useEffect(() => {
    if (!counts) return
    const text = counts.overdue > 0 ? T.overdue : T.noneOverdue
    setSpoken(say(text, { n: counts.overdue, open: counts.open }))
  }, [overdue])
  useEffect(() => {
    document.title = `${overdue ? `(${overdue}) ` : ''}${say(T.board)}`
  })
  return (
    <p class="hidden" role="status" data-spoken>
      {spoken}
    </p>
  )
}
