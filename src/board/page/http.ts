import type {
  AccountsView,
  Act,
  ActAnswer,
  ExamView,
  FiguresView,
  PhoneCallsView,
  Problem,
  RawView,
  Reason,
  RegisterView,
  RosterView,
  SearchView,
  SessionView,
  SignIn,
  StuckView,
} from '../api.js'
import { words } from './language.js'

/** The views below `api/` by their names. */
export interface Views {
  readonly session: SessionView
  readonly exam: ExamView
  readonly raw: RawView
  readonly stuck: StuckView
  readonly search: SearchView
  readonly register: RegisterView
  readonly figures: FiguresView
  readonly roster: RosterView
  readonly accounts: AccountsView
  readonly 'phone-calls': PhoneCallsView
}

export type Query = Readonly<Record<string, string | number | undefined>>

/**
 * Why something was not answered.
 * - `unreachable`: no answer came; of an act nobody knows whether it was done
 * - others: the server's own codes
 */
export class BoardProblem extends Error {
  override readonly name = 'BoardProblem'

  constructor(
    /** 0 = no answer came. */
    readonly status: number,
    readonly code: string,
    readonly reason: Reason,
  ) {
    super(code)
  }
}

const UNREACHABLE = words('看板服务器没有应答', 'The server of the board does not answer')
const NO_REASON = words('服务器应答 {status}', 'The server answers {status}')
const ASK_MS = 20_000

/** The query without its blank fields. */
export function queryText(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}

async function call(path: string, init: RequestInit): Promise<unknown> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), ASK_MS)
  try {
    const response = await fetch(path, {
      ...init,
      signal: limit.signal,
      credentials: 'same-origin',
      cache: 'no-store',
    })
    const body: unknown = response.status === 204 ? null : await response.json().catch(() => null)
    if (response.ok) return body
    throw problemOf(response.status, body)
  } catch (thrown) {
    if (thrown instanceof BoardProblem) throw thrown
    throw new BoardProblem(0, 'unreachable', UNREACHABLE)
  } finally {
    clearTimeout(timer)
  }
}

function problemOf(status: number, body: unknown): BoardProblem {
  const { code, reason } = (body ?? {}) as Partial<Problem>
  const said = (text: string): string => text.replace('{status}', String(status))
  const none: Reason = { zh: said(NO_REASON.zh), en: said(NO_REASON.en) }
  const isReason = typeof reason?.zh === 'string' && typeof reason.en === 'string'
  return new BoardProblem(
    status,
    typeof code === 'string' ? code : 'noReason',
    isReason ? reason : none,
  )
}

/** Asks for a view. @throws BoardProblem */
export async function ask<Name extends keyof Views>(
  name: Name,
  query: Query = {},
): Promise<Views[Name]> {
  return (await call(`api/${name}${queryText(query)}`, {})) as Views[Name]
}

const posted = (body: object, headers: Readonly<Record<string, string>> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

/** Signs in. @throws BoardProblem */
export async function signIn(user: SignIn, formToken: string): Promise<void> {
  await call('api/sign-in', posted(user, { 'X-Crisis-Form': formToken }))
}

/** Signs out. @throws BoardProblem */
export async function signOut(formToken: string): Promise<void> {
  await call('api/sign-out', posted({}, { 'X-Crisis-Form': formToken }))
}

/** Does an act. @throws BoardProblem; with status 0 nobody knows whether it was done */
export async function act(one: Act, formToken: string): Promise<ActAnswer> {
  return (await call('api/act', posted(one, { 'X-Crisis-Form': formToken }))) as ActAnswer
}
