import type { VNode } from 'preact'
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Reason, SessionView } from '../api.js'
import { BoardContext, problemOf, type SignedIn } from './board-context.js'
import { setClock, Times, TimesContext } from './clock.js'
import { ask, signOut, type BoardProblem } from './http.js'
import { LanguageContext, languageOf, useSay, type Language } from './language.js'
import { LiveOpen } from './live.js'
import { Broken, Loading } from './parts/states.js'
import { ToldContext } from './parts/told.js'
import { useLanguage, useScheme } from './preferences.js'
import { useRoute, type Route } from './route.js'
import { Shell, type Switches } from './shell.js'
import { Accounts } from './views/accounts.js'
import { Downtime } from './views/downtime.js'
import { Exam } from './views/exam.js'
import { Figures } from './views/figures.js'
import { Open } from './views/open.js'
import { Password } from './views/password.js'
import { Register } from './views/register.js'
import { RosterNow } from './views/roster.js'
import { Search } from './views/search.js'
import { SignInPage } from './views/sign-in.js'
import { Stuck } from './views/stuck.js'
import { Wall } from './views/wall.js'

const TOLD_MS = 6_000

const ofBrowser = (): Language => (navigator.language.startsWith('zh') ? 'zh' : 'en')

/** The board: who is there, and then the pages. */
export function App(): VNode {
  const [session, setSession] = useState<SessionView | null>(null)
  const [problem, setProblem] = useState<BoardProblem | null>(null)
  const [scheme, switchScheme] = useScheme()
  const [language, switchLanguage] = useLanguage(
    session ? languageOf(session.language) : ofBrowser(),
  )
  const refresh = useCallback(() => {
    ask('session').then(
      (view) => {
        setClock(view.now)
        setSession(view)
        setProblem(null)
      },
      (thrown: unknown) => setProblem(problemOf(thrown)),
    )
  }, [])
  useEffect(refresh, [])
  const times = useMemo(() => new Times(session?.zone ?? '+08:00'), [session?.zone])
  const switches = { scheme, switchScheme, switchLanguage }
  return (
    <LanguageContext.Provider value={language}>
      <TimesContext.Provider value={times}>
        {session === null ? (
          <main class="sign-in">
            {problem ? <Broken problem={problem} again={refresh} /> : <Loading />}
          </main>
        ) : session.person === null ? (
          <SignInPage session={session} done={refresh} />
        ) : (
          <Inside session={session as SignedIn} refresh={refresh} switches={switches} />
        )}
      </TimesContext.Provider>
    </LanguageContext.Provider>
  )
}

/** The pages of somebody who has signed in, with one stream for all of them. */
function Inside(props: {
  readonly session: SignedIn
  readonly refresh: () => void
  readonly switches: Switches
}): VNode {
  const { session, refresh } = props
  const route = useRoute()
  const whose = `${session.person.code} ${session.role} ${session.seesPatients}`
  const live = useMemo(() => new LiveOpen(refresh), [whose])
  useEffect(() => {
    live.start()
    return () => live.stop()
  }, [live])
  useFocus(route)
  const [told, tell] = useTelling()
  const board = useMemo(() => ({ session, live, refresh }), [session, live])
  const leave = (): void => {
    signOut(session.formToken).then(refresh, refresh)
  }
  return (
    <BoardContext.Provider value={board}>
      <ToldContext.Provider value={tell}>
        {route.place === 'wall' ? (
          <main id="main">
            <Wall />
          </main>
        ) : (
          <Shell route={route} switches={props.switches} signOut={leave}>
            <Page route={route} />
          </Shell>
        )}
        <Told text={told} />
      </ToldContext.Provider>
    </BoardContext.Provider>
  )
}

function Page({ route }: { readonly route: Route }): VNode {
  switch (route.place) {
    case 'exam':
      return <Exam key={route.id} id={route.id} />
    case 'stuck':
      return <Stuck />
    case 'search':
      return <Search query={route.query} />
    case 'register':
      return <Register query={route.query} />
    case 'figures':
      return <Figures query={route.query} />
    case 'roster':
      return <RosterNow />
    case 'downtime':
      return <Downtime />
    case 'accounts':
      return <Accounts />
    case 'password':
      return <Password />
    case 'open':
    case 'wall':
      return <Open />
    default:
      return route.place satisfies never
  }
}

/**
 * A new page is read out from its heading on, and that of the search from its first field, in which people type; the first
 * one leaves the focus where the browser has it.
 */
function useFocus(route: Route): void {
  const last = useRef(route)
  useEffect(() => {
    if (last.current === route) return
    const isOther = last.current.place !== route.place || last.current.id !== route.id
    last.current = route
    if (!isOther) return
    window.scrollTo(0, 0)
    const field = document.querySelector<HTMLElement>('[role=search] input')
    const first = field ?? document.querySelector<HTMLElement>('h1')
    first?.focus()
  }, [route])
}

function useTelling(): readonly [Reason | null, (text: Reason) => void] {
  const [told, setTold] = useState<Reason | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const tell = useCallback((text: Reason) => {
    setTold(text)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setTold(null), TOLD_MS)
  }, [])
  return [told, tell]
}

function Told({ text }: { readonly text: Reason | null }): VNode {
  const say = useSay()
  return (
    <p class="told" role="status" data-shown={text !== null}>
      {text && say(text)}
    </p>
  )
}
